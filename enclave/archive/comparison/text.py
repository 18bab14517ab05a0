"""Text against text: the words must be the same, the numbers equal.

Both texts are cut into tokens. The two sequences must have the same kinds in the same
order; then each pair is judged by its kind. Whatever does not fit differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

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
            return _other_text(first, second, where)
        slack = _slack(first, second)
        return merge(
            self._compare_pair(one, other, slack, where)
            for one, other in zip(first, second, strict=True)
            if one != other
        )

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
        equal = verdict is not Verdict.DIFFERS
        reason = "number within tolerance" if equal else "other number"
        return Finding(verdict, (Difference(place, archived, rerun, reason, verdict),))

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
