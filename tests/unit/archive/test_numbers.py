import pytest

from enclave.archive.comparison.numbers import close, compare_printed, compare_values
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.verdict import Verdict


SAME, EQUAL, DIFFERS = (
    Verdict.IDENTICAL,
    Verdict.NUMERICALLY_EQUAL,
    Verdict.DIFFERS,
)


@pytest.mark.parametrize(
    ("archived", "rerun", "verdict"),
    [
        ("0.5", "0.5", SAME),
        ("0.50", "0.5", EQUAL),
        ("0.30000000000000004", "0.3", EQUAL),
        ("1e-5", "0.00001", EQUAL),
        ("-0.0", "0.0", EQUAL),
        ("3", "3.0", EQUAL),
        ("1,240", "1240", EQUAL),
        ("−0.5", "-0.5", EQUAL),  # noqa: RUF001 - the minus sign as printed
        ("0.1234", "0.123", DIFFERS),
        ("0.1234", "0.1235", DIFFERS),
        ("-0.5", "0.5", DIFFERS),
        ("2e-14", "2e-13", DIFFERS),
    ],
)
def test_printed_numbers(archived: str, rerun: str, verdict: Verdict):
    assert compare_printed(archived, rerun, Policy()) is verdict


@pytest.mark.parametrize(
    ("archived", "rerun"),
    [
        ("1000000000000", "1000000000001"),  # within the relative tolerance
        ("9007199254740992", "9007199254740993"),  # the same double
        ("41", "42"),
        ("0012", "12"),  # codes, not counts
        ("012", "12.0"),
    ],
)
def test_counts_and_codes_have_no_tolerance(archived: str, rerun: str):
    assert compare_printed(archived, rerun, Policy()) is DIFFERS


def test_a_number_too_large_for_a_double_is_not_equal_to_another():
    assert compare_printed("1e400", "1e401", Policy()) is DIFFERS
    assert compare_printed("1e400", "5.0", Policy()) is DIFFERS
    assert compare_values(10**400, 5.0, Policy()) is DIFFERS


def test_whole_numbers_of_any_length_can_be_compared():
    long = "1" * 5000

    assert compare_printed(long, f"{long}2", Policy()) is DIFFERS
    assert compare_printed(f"+{long}", long, Policy()) is EQUAL


@pytest.mark.parametrize(
    "policy",
    [
        Policy(relative=1e-3, absolute=0, ulp=0),
        Policy(relative=0, absolute=0.2, ulp=0),
        Policy(relative=0, absolute=0, ulp=10**13),
    ],
)
def test_any_one_tolerance_is_enough(policy: Policy):
    none = Policy(relative=0, absolute=0, ulp=0)

    assert close(100.0, 100.05, policy)
    assert not close(100.0, 100.05, none)


def test_a_count_in_a_document_is_equal_or_not():
    assert compare_values(10**12, 10**12 + 1, Policy()) is DIFFERS
    assert compare_values(3, 3.0, Policy()) is EQUAL
    assert compare_values(0.1 + 0.2, 0.3, Policy()) is EQUAL
    assert compare_values(float("nan"), 1.0, Policy()) is DIFFERS
