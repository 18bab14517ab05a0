"""Figures that a proposal refers to as ``<fig. 1>``, and the attached files."""

import re
from collections.abc import Iterator

from enclave.projects.forms import Problem, ProposalForm


_REFERENCE = re.compile(r"<\s*fig\.?\s*(\d{1,3})\s*>", re.IGNORECASE)
# fig-1.png, Figure 1.pdf, figur_01.jpg
_FILE = re.compile(r"\s*fig(?:ure?)?[\s._-]*0*(\d{1,3})(?!\d)", re.IGNORECASE)


def problems(form: ProposalForm, attached: frozenset[str]) -> Iterator[Problem]:
    """Find references without a file, and files without a reference."""
    there = {int(found[1]): name for name in attached if (found := _FILE.match(name))}
    meant: set[int] = set()
    for field, text in form:
        if not isinstance(text, str):
            continue
        numbers = {int(number) for number in _REFERENCE.findall(text)}
        meant |= numbers
        for number in sorted(numbers - {*there}):
            yield Problem(
                field,
                f"refers to figure {number}, and no file of that name is attached:"
                f" attach it as fig-{number}.png or fig-{number}.pdf",
            )
    for number in sorted({*there} - meant):
        yield Problem(
            "form",
            f"figure {number} is attached, and no text refers to it: write <fig."
            f" {number}> where it belongs",
        )
