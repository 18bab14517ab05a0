"""Text against text: the words must be the same, the numbers equal.

Both texts are cut into tokens. The two sequences must have the same kinds in the same
order; then each pair is judged by its kind. Whatever does not fit differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from enclave.archive.comparison.drift import explained_by_data, other_number
from enclave.archive.comparison.finding import (
    SAME,
    Difference,
    Finding,
    differing,
    merge,
)
from enclave.archive.comparison.numbers import compare_printed
from enclave.archive.comparison.policy import NoiseRule, Policy
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.tokens import Token, line_text, tokens
from enclave.archive.comparison.verdict import Verdict


Scope = Literal["text", "identifier"]

# Columns move when a number in them gets longer: no difference of its own.
_RESPACED = Finding(Verdict.NUMERICALLY_EQUAL)


@dataclass(frozen=True)
class TextComparer:
    """Compares texts under one policy, for two runs of which something is on record."""

    policy: Policy
    circumstances: Circumstances | None = None

    def compare(
        self, archived: str, rerun: str, *, where: str = "", scope: Scope = "text"
    ) -> Finding:
        """Compare two texts; ``where`` names the place they stand in."""
        if archived == rerun:
            return SAME
        rules = _applicable(self.policy, scope)
        first, second = tuple(tokens(archived, rules)), tuple(tokens(rerun, rules))
        if [token.kind for token in first] != [token.kind for token in second]:
            parted = _other_text(first, second, where)
            if _words(first) == _words(second):
                parted = explained_by_data(parted, self.circumstances)
            return self._in_other_order(archived, rerun, where, parted)
        slack = _slack(first, second)
        found = merge(
            self._compare_pair(one, other, slack, where)
            for one, other in zip(first, second, strict=True)
            if one[:3] != other[:3]  # they may stand on other lines
        )
        return self._in_other_order(archived, rerun, where, found)

    def _in_other_order(
        self, archived: str, rerun: str, where: str, found: Finding
    ) -> Finding:
        """Say so, where it is only the order of the lines that differs."""
        if found.verdict is not Verdict.DIFFERS:
            return found
        finding = _reordered(archived, rerun, where)
        return explained_by_data(finding, self.circumstances) if finding else found

    def _compare_pair(
        self, archived: Token, rerun: Token, slack: int, where: str
    ) -> Finding:
        place = _place(where, archived.line)
        if archived.gap != rerun.gap and not _within(archived.gap, rerun.gap, slack):
            return differing(
                place, archived.gap + archived.text, rerun.gap + rerun.text, "spacing"
            )
        if archived.text == rerun.text:
            return _RESPACED
        if archived.rule is not None:
            return self._apply(archived.rule, archived.text, rerun.text, place)
        if archived.kind == "number":
            return self._compare_numbers(archived.text, rerun.text, place)
        if archived.kind == "ruler" and _same_ruler(archived.text, rerun.text, slack):
            return _RESPACED
        return differing(place, archived.text, rerun.text, "other text")

    def _compare_numbers(self, archived: str, rerun: str, place: str) -> Finding:
        verdict = compare_printed(archived, rerun, self.policy)
        return self.numbers(
            archived, rerun, place, equal=verdict is not Verdict.DIFFERS
        )

    def numbers(self, archived: str, rerun: str, place: str, *, equal: bool) -> Finding:
        """Return what it means that two numbers, as they are shown, are not one."""
        if not equal:
            return other_number(
                Difference(place, archived, rerun, "other number"),
                self.policy,
                self.circumstances,
            )
        within = Verdict.NUMERICALLY_EQUAL
        reason = "number within tolerance"
        return Finding(within, (Difference(place, archived, rerun, reason, within),))

    def _apply(self, rule: NoiseRule, archived: str, rerun: str, place: str) -> Finding:
        if rule.evidence != "shape" and (
            self.circumstances is None
            or not self.circumstances.prove(rule, archived, rerun)
        ):
            return differing(
                place, archived, rerun, f"looks like {rule.name}, but is not on record"
            )
        difference = Difference(place, archived, rerun, rule.name, rule.effect)
        return Finding(rule.effect, (difference,), frozenset({rule.name}))


def _other_text(
    archived: Sequence[Token], rerun: Sequence[Token], where: str
) -> Finding:
    """Show where two token sequences part."""
    index = next(
        (
            index
            for index, (one, other) in enumerate(zip(archived, rerun, strict=False))
            if (one.kind, one.text) != (other.kind, other.text)
        ),
        min(len(archived), len(rerun)),
    )
    longer = archived if len(archived) > len(rerun) else rerun
    line = (archived if index < len(archived) else longer)[index].line
    return differing(
        _place(where, line),
        line_text(archived, index),
        line_text(rerun, index),
        "other text",
    )


def _words(sequence: Sequence[Token]) -> set[str]:
    return {token.text for token in sequence if token.kind == "word"}


def _reordered(archived: str, rerun: str, where: str) -> Finding | None:
    """Tell whether it is the same lines in another order.

    That is a change of the result: in a ranking, the order is what is shown.
    """
    first, second = archived.splitlines(), rerun.splitlines()
    if len(first) != len(second) or sorted(first) != sorted(second):
        return None
    line = next((n for n in range(len(first)) if first[n] != second[n]), None)
    if line is None:  # they end otherwise
        return None
    reason = "the same lines in another order"
    return differing(_place(where, line + 1), first[line], second[line], reason)


def _slack(archived: Sequence[Token], rerun: Sequence[Token]) -> int:
    """Return by how many characters a column may have moved.

    Only a number or a noise token that got longer moves a column. Where none did, white
    space must be the same: in a printed table it says which column a value is in.
    """
    return max(
        (
            abs(len(one.text) - len(other.text))
            for one, other in zip(archived, rerun, strict=True)
            if one.kind == "number" or one.rule is not None
        ),
        default=0,
    )


def _same_ruler(archived: str, rerun: str, slack: int) -> bool:
    return archived[0] == rerun[0] and _within(archived, rerun, slack)


def _within(archived: str, rerun: str, slack: int) -> bool:
    return abs(len(archived) - len(rerun)) <= slack and slack > 0


def _place(where: str, line: int) -> str:
    if not where:
        return f"line {line}"
    return f"{where}, line {line}" if line > 1 else where


@lru_cache(maxsize=32)
def _applicable(policy: Policy, scope: Scope) -> tuple[NoiseRule, ...]:
    return tuple(rule for rule in policy.rules if rule.scope in ("text", scope))
