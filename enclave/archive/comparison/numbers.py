"""When two numbers are equal."""

import math
import re
from decimal import Decimal

from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.verdict import Verdict


# A code such as 0012 is no number: its zeros distinguish it.
_WHOLE = re.compile(r"[-+−]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)")  # noqa: RUF001 - the minus sign as printed
_FINITE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?")
_LONGEST = 400
_CODE = re.compile(r"0\d+")
_PLAIN = str.maketrans({",": None, "−": "-"})  # noqa: RUF001 - the minus sign as printed


def compare_printed(archived: str, rerun: str, policy: Policy) -> Verdict:
    """Compare two numbers as they were printed."""
    if archived == rerun:
        return Verdict.IDENTICAL
    if _CODE.fullmatch(archived) or _CODE.fullmatch(rerun):
        return Verdict.DIFFERS
    first, second = archived.translate(_PLAIN), rerun.translate(_PLAIN)
    if _WHOLE.fullmatch(archived) and _WHOLE.fullmatch(rerun):
        # Exactly: a double cannot tell 2**53 from 2**53 + 1. And not as integers, of
        # which Python refuses to read those with more than 4300 digits.
        return _equal_if(Decimal(first) == Decimal(second))
    return _equal_if(close(float(first), float(second), policy))


def as_decimal(printed: str) -> Decimal | None:
    """Return a printed number with the digits that it has; None if it is no number."""
    plain = printed.translate(_PLAIN)
    if len(plain) > _LONGEST or not _FINITE.fullmatch(plain):
        return None
    return Decimal(plain)


def compare_values(archived: float, rerun: float, policy: Policy) -> Verdict:
    """Compare two numbers of a JSON document."""
    if type(archived) is type(rerun) and archived == rerun:
        return Verdict.IDENTICAL
    if isinstance(archived, int) and isinstance(rerun, int):
        return Verdict.DIFFERS
    try:
        return _equal_if(close(float(archived), float(rerun), policy))
    except OverflowError:  # an integer beyond every double
        return Verdict.DIFFERS


def close(archived: float, rerun: float, policy: Policy) -> bool:
    """Tell whether two finite numbers agree within any tolerance of the policy."""
    if not (math.isfinite(archived) and math.isfinite(rerun)):
        return False
    distance = abs(archived - rerun)
    size = max(abs(archived), abs(rerun))
    return (
        distance <= policy.absolute
        or distance <= policy.relative * size
        or distance <= policy.ulp * math.ulp(size)
    )


def _equal_if(equal: bool) -> Verdict:  # noqa: FBT001 - it is the whole question
    return Verdict.NUMERICALLY_EQUAL if equal else Verdict.DIFFERS
