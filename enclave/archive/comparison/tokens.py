"""Cutting a text into numbers, words, marks, and what a noise rule recognises."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from enclave.archive.comparison.policy import NoiseRule


_SIGN = r"(?:(?<![\w.)\]])[-+−])?"  # noqa: RUF001 - the minus sign as printed
_DIGITS = r"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)"
_EXPONENT = r"(?:[eE][-+]?\d+(?!\w))?"
_KINDS = (
    ("dotted", r"\b\d+(?:\.\d+){2,}\b"),  # a version or a section is no number
    ("number", rf"{_SIGN}(?<![\w.]){_DIGITS}{_EXPONENT}"),
    ("word", r"\w+"),
    ("newline", r"\n"),
    ("ruler", r"(?P<edge>[-=─━═_*~])(?P=edge){2,}"),
    ("mark", r"[^\w\s]"),
    ("gap", r"[^\S\n]+"),
)


class Token(NamedTuple):
    """A piece of text, with the white space before it and the line it stands on."""

    kind: str
    text: str
    gap: str
    line: int
    rule: NoiseRule | None = None


def tokens(text: str, rules: tuple[NoiseRule, ...] = ()) -> Iterator[Token]:
    """Cut a text into tokens; a noise rule goes before everything else."""
    gap, line = "", 1
    for match in _scanner(rules).finditer(text):
        kind = match.lastgroup or ""
        if kind == "gap":
            gap = match.group()
            continue
        rule = _rule_of(kind, rules)
        if rule is not None and rule.optional:
            line += match.group().count("\n")
            continue
        yield Token(rule.name if rule else kind, match.group(), gap, line, rule)
        gap = ""
        line += kind == "newline"


def numbers(text: str) -> list[str]:
    """Return the numbers of a text as they were printed."""
    return [token.text for token in tokens(text) if token.kind == "number"]


def line_text(sequence: Sequence[Token], index: int, *, longest: int = 120) -> str:
    """Return the line that the token at ``index`` stands on, from there on."""
    rest = sequence[index:]
    if not rest:
        return "(nothing)"
    line = "".join(
        token.gap + token.text
        for token in rest[:longest]
        if token.line == rest[0].line and token.kind != "newline"
    )
    return line[:longest] or "(line end)"


def _rule_of(kind: str, rules: tuple[NoiseRule, ...]) -> NoiseRule | None:
    index = kind.removeprefix("noise")
    return rules[int(index)] if index != kind else None


@lru_cache(maxsize=32)
def _scanner(rules: tuple[NoiseRule, ...]) -> re.Pattern[str]:
    parts = [f"(?P<noise{index}>{rule.pattern})" for index, rule in enumerate(rules)]
    parts += [f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS]
    return re.compile("|".join(parts), re.MULTILINE)
