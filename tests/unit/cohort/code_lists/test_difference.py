"""What came, went and changed from one version to the next."""

from enclave.cohort.code_lists.difference import Change, difference
from enclave.cohort.code_lists.entries import ListEntry


def one(code: str, *, exclude: bool = False, label: str = "") -> ListEntry:
    """``DE11*`` is DE11 with its descendants."""
    return ListEntry(
        code=code.rstrip("*"),
        match="prefix" if code.endswith("*") else "exact",
        exclude=exclude,
        label=label,
    )


def test_the_same_entries_in_another_order_are_no_difference():
    assert difference([one("A"), one("B")], [one("B"), one("A")]).nothing


def test_codes_come_and_go():
    found = difference([one("A"), one("B")], [one("B"), one("C")])

    assert (found.added, found.removed, found.changed) == ((one("C"),), (one("A"),), ())
    assert not found.nothing


def test_a_code_changes_in_what_it_takes_in_and_how_it_is_called():
    found = difference(
        [one("A"), one("B"), one("C", label="old")],
        [one("A*"), one("B", exclude=True), one("C", label="new")],
    )

    assert not found.added
    assert not found.removed
    assert set(found.changed) == {
        Change(one("A"), one("A*")),
        Change(one("B"), one("B", exclude=True)),
        Change(one("C", label="old"), one("C", label="new")),
    }


def test_a_code_that_stands_twice_is_paired_like_with_like():
    found = difference([one("A"), one("A*", exclude=True)], [one("A*"), one("B")])

    assert found.changed == (Change(one("A*", exclude=True), one("A*")),)
    assert found.removed == (one("A"),)
    assert found.added == (one("B"),)
