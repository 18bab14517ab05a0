"""Pages that are made before their visitor comes.

A kernel that waits for a visitor has its page ready, in nobody's name: what it wants to
ask the portal waits as well. Whoever started the kernel says :func:`begin` when the
visitor is there.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import comm
from IPython.display import display
from ipywidgets import Widget


AHEAD = "ENCLAVE_VISIT_AHEAD"
TOKEN = "ENCLAVE_VISIT_TOKEN"  # noqa: S105 - a variable's name

Guest = Callable[[str, str], None]

_guests: list[Guest] = []
_begun = asyncio.Event()


def is_ahead(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the visitor of this kernel is still to come."""
    return AHEAD in environ and TOKEN not in environ


def when_begun(guest: Guest) -> None:
    """Have something called with language and question once the visitor is there."""
    _guests.append(guest)


def begin(token: str, language: str, question: str) -> None:
    """Let the visit begin.

    Parameters
    ----------
    token
        Visit token: who visits.
    language
        ``en`` or ``da``.
    question
        As it stands in a shared address; empty for none.

    Raises
    ------
    RuntimeError
        If no page was made here. Jupyter starts a kernel that died again under its
        name, and the page went with the first one.
    """
    if not _guests:
        raise RuntimeError("No page was made in this kernel.")
    os.environ[TOKEN] = token
    for guest in _guests:
        guest(language, question)
    _begun.set()


def number_widgets() -> None:
    """Name widgets by their number from now on, so that a page names them alike.

    Then what is known of a page in one kernel is true of it in every other.
    """
    numbers, create = count(1), comm.create_comm

    def numbered(**given: Any) -> Any:
        return create(**{"comm_id": f"widget-{next(numbers)}", **given})

    comm.create_comm = numbered


def show_states() -> None:
    """Show what all widgets are like now, which is enough to draw them."""
    states = Widget.get_manager_state()
    display(  # type: ignore[no-untyped-call]  # IPython leaves it so
        {"application/vnd.jupyter.widget-state+json": states}, raw=True
    )


async def token_of_visitor() -> str:
    """Wait for the visitor, and return their token."""
    await _begun.wait()
    return os.environ[TOKEN]
