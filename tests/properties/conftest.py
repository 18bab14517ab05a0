"""Make thousands of made-up questions cheap to ask, and write down how many were asked.

counted
    Adds up what a test asked, by what it was asked of. Where ``ENCLAVE_ASKED`` names a
    folder, the numbers are written there every so often: ``tests/properties/page.py``
    makes a page of them, and asks no second time what a run that broke off had asked.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.properties.asked import Asked


@pytest.fixture(autouse=True, scope="module")
def _what_lives_long_is_no_garbage() -> Iterator[None]:
    """Keep what was imported out of the garbage collector's way.

    Each question makes so many objects, in Ibis, that all objects of the process were
    searched for garbage again and again: half of the time that making its SQL took.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def counted() -> Iterator[Asked]:
    folder = os.environ.get("ENCLAVE_ASKED")
    asked = Asked(Path(folder) if folder else None)
    yield asked
    asked.write()
