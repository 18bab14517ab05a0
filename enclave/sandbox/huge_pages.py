"""Gather the memory of a process that is to be forked in huge pages, where Linux can.

A fork copies the table of its parent's pages, and clears it away at its end. With 512
pages in one, that is most of it gone. Pages that a fork writes to are copied one by one
as ever; whatever it allocates comes in pages as before.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path


_HUGE = 2 << 20
_COLLAPSE = 25  # MADV_COLLAPSE, since Linux 6.1


def gather() -> None:
    """Gather what can be: where Linux does not know how, nothing."""
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for first, end in list(_private()):
        for place in range(-(-first // _HUGE) * _HUGE, end - _HUGE + 1, _HUGE):
            madvise(place, _HUGE, _COLLAPSE)


def _private() -> Iterator[tuple[int, int]]:
    """Find memory that is nobody's file."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _, _, _, *name = line.split()
        if rights == "rw-p" and name in ([], ["[heap]"]):
            first, end = (int(number, 16) for number in place.split("-"))
            yield first, end
