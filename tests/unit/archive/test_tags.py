import pytest

from enclave.archive.comparison.tags import Wish, wish_of
from enclave.archive.notebook import Cell


def _cell(source: str = "x", *tags: str) -> Cell:
    return Cell(cell_type="code", source=source, metadata={"tags": list(tags)})


@pytest.mark.parametrize(
    "cell",
    [
        _cell("x", "nbval-ignore-output"),
        _cell("x", "nbval-skip"),
        _cell("# NBVAL_IGNORE_OUTPUT\nx"),
        _cell("  ## NBVAL_SKIP\nx"),
        _cell("# PYTEST_VALIDATE_IGNORE_OUTPUT\nx"),
    ],
)
def test_the_author_may_leave_a_cell_out(cell: Cell):
    assert wish_of(cell) is Wish.IGNORE


@pytest.mark.parametrize(
    "cell",
    [
        _cell(),
        _cell("x", "parameters"),
        _cell("print('# NBVAL_SKIP')"),
        _cell("# NBVAL_SKIP this"),
        _cell("# NBVAL_IGNORE_OUTPUT\n# NBVAL_CHECK_OUTPUT"),
        _cell("# NBVAL_CHECK_OUTPUT", "nbval-ignore-output"),
    ],
)
def test_everything_else_is_compared(cell: Cell):
    assert wish_of(cell) is Wish.COMPARE


def test_tags_that_are_no_list_are_none():
    assert Cell(cell_type="code", source="", metadata={"tags": "x"}).tags == frozenset()
