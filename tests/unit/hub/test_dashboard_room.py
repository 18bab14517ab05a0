"""How many kernels the visitors of a dashboard have, also of pages still to come."""

import asyncio

import pytest

from enclave_hub.dashboard.kernels import (
    MOST_KERNELS,
    MOST_PER_VISITOR,
    FullError,
    HasteError,
    VisitorKernels,
)


@pytest.fixture
def kernels():
    return VisitorKernels()


def come(kernels: VisitorKernels, name: str) -> None:
    kernels._arriving.append(name)
    asyncio.run(kernels._make_room(name))


def test_a_visitor_on_the_way_counts(kernels):
    for _ in range(MOST_PER_VISITOR):
        come(kernels, "rikke")

    with pytest.raises(HasteError):
        come(kernels, "rikke")


def test_those_on_the_way_count_among_all(kernels):
    for number in range(MOST_KERNELS):
        come(kernels, f"visitor-{number}")

    with pytest.raises(FullError):
        come(kernels, "rikke")


def test_each_page_ends_another_one_than_the_last(kernels):
    kernels._visitors = dict.fromkeys("abc", "rikke") | {"d": "anne"}

    come(kernels, "rikke")
    come(kernels, "rikke")

    assert kernels._visitors == {"c": "rikke", "d": "anne"}


def test_nobody_loses_a_page_for_one_that_is_refused(kernels):
    kernels._visitors = {
        **dict.fromkeys("ab", "rikke"),
        **{f"other-{number}": f"{number}" for number in range(MOST_KERNELS - 2)},
    }
    before = dict(kernels._visitors)

    with pytest.raises(FullError):
        come(kernels, "rikke")
    assert kernels._visitors == before
