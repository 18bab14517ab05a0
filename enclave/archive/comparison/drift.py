"""Differences that a changed input explains: other data, or another kernel.

Nothing here makes two outputs equal. It says of a difference which rule explains it,
and only where the record of the two runs says that this very input changed.
"""

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from enclave.archive.comparison.finding import Difference, Finding
from enclave.archive.comparison.numbers import as_decimal
from enclave.archive.comparison.policy import (
    OTHER_DATA,
    OTHER_SOFTWARE,
    OTHER_WARNINGS,
    DriftRule,
    Policy,
)
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.verdict import Verdict


def other_number(
    difference: Difference, policy: Policy, circumstances: Circumstances | None
) -> Finding:
    """Judge two numbers that are not equal."""
    told = replace(difference, reason=_how(difference.archived, difference.rerun))
    finding = Finding(Verdict.DIFFERS, (told,))
    if circumstances is None:
        return finding
    if circumstances.other_data:
        return explained(finding, OTHER_DATA)
    if circumstances.other_kernel and _nearly(told.archived, told.rerun, policy):
        return explained(finding, OTHER_SOFTWARE)
    return finding


def explained_by_data(finding: Finding, circumstances: Circumstances | None) -> Finding:
    """Explain a difference by other data, if the two runs had other data."""
    if circumstances is None or not circumstances.other_data:
        return finding
    return explained(finding, OTHER_DATA)


def explained_on_stderr(
    finding: Finding, circumstances: Circumstances | None
) -> Finding:
    """Explain other warnings by other software, if the two runs had that."""
    if circumstances is None or not circumstances.other_kernel:
        return finding
    return explained(finding, OTHER_WARNINGS)


def explained_picture(
    finding: Finding, circumstances: Circumstances | None, *, same_structure: bool
) -> Finding:
    """Explain another picture by other data, or by other software that draws."""
    if circumstances is None:
        return finding
    if circumstances.other_data:
        return explained(finding, OTHER_DATA)
    if circumstances.other_kernel and same_structure:
        return explained(finding, OTHER_SOFTWARE)
    return finding


def explained(finding: Finding, rule: DriftRule) -> Finding:
    """Return a finding whose unexplained differences a rule explains."""
    if finding.verdict is not Verdict.DIFFERS:
        return finding
    drift = Verdict.EXPLAINED_DRIFT
    return Finding(
        drift,
        tuple(
            replace(each, reason=f"{each.reason}: {rule.name}", verdict=drift)
            if each.verdict is Verdict.DIFFERS
            else each
            for each in finding.differences
        ),
        finding.rules | {rule.name},
    )


def _how(archived: str, rerun: str) -> str:
    if _is_rounded(archived, rerun) or _is_rounded(rerun, archived):
        return "the same number, rounded otherwise"
    return "other number"


def _is_rounded(short: str, long: str) -> bool:
    """Tell whether one number is the other, given with fewer digits."""
    one, other = as_decimal(short), as_decimal(long)
    if one is None or other is None:
        return False
    if _exponent(one) <= _exponent(other):
        return False
    try:
        return abs(one - other) * 2 <= Decimal(1).scaleb(_exponent(one))
    except InvalidOperation:
        return False


def _nearly(archived: str, rerun: str, policy: Policy) -> bool:
    one, other = as_decimal(archived), as_decimal(rerun)
    if one is None or other is None:
        return False
    if _exponent(one) >= 0 and _exponent(other) >= 0:
        return False  # counts
    distance = abs(one - other)
    last_digit = Decimal(1).scaleb(max(_exponent(one), _exponent(other)))
    size = max(abs(one), abs(other))
    return distance <= last_digit or distance <= Decimal(policy.drift) * size


def _exponent(number: Decimal) -> int:
    """Return the place of the last digit: -2 for hundredths."""
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
