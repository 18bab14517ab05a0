"""Rows of patients on their way: a folder for a while, which no killed process keeps.

It has the name of its project, so that it is found again: by whoever comes next, by the
worker that sweeps, and when the project's data are destroyed.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, get_args

from enclave.lock import exclusive
from enclave.settings import Settings


Purpose = Literal["taking", "checking"]


@contextmanager
def scratch(settings: Settings, purpose: Purpose, slug: str) -> Iterator[Path]:
    """Give an empty folder to one process at a time, and remove it at the end."""
    place = settings.returns / purpose / slug
    with exclusive(_lock_of(place)):
        _remove(place)
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            _remove(place)


def folders_of(settings: Settings, slug: str) -> list[Path]:
    """Return the folders of a project, whether they are there or not."""
    return [settings.returns / purpose / slug for purpose in get_args(Purpose)]


def sweep(settings: Settings) -> int:
    """Remove what killed processes left; return how many folders."""
    left = [
        place
        for purpose in get_args(Purpose)
        for place in (settings.returns / purpose).glob("*")
        if place.is_dir()
    ]
    return sum(_removed_if_free(place) for place in left)


def _removed_if_free(place: Path) -> bool:
    with suppress(BlockingIOError), exclusive(_lock_of(place), wait=False):
        _remove(place)
        return True
    return False


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)


def _lock_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.lock")
