"""What an author asks to be overlooked, in the form of nbval's sanitising files.

nbval replaces such text on both sides before it compares, so that a pattern for numbers
erases the very number that is to be checked. Here a file is honoured, but never
silently: it is tried only where two outputs differ, and what it hides is a drift that
names it and shows both texts.

The patterns are anybody's, so they are matched by RE2 in DuckDB, which takes time
proportional to the text whatever the pattern. It knows no look-ahead and look-behind.
"""

import re
from collections.abc import Iterable

import duckdb
from pydantic import BaseModel, ConfigDict

from enclave.errors import InputError


_MOST = 100
_LONGEST_REPLACEMENT = 200
# As nbval 0.11 reads it: what is not such a pair of lines is a comment.
_PAIRS = re.compile(r"^regex: (.*)$\n^replace: (.*)$", re.MULTILINE)


class Sanitiser(BaseModel):
    """One pattern and what takes its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    replacement: str


def read_sanitisers(text: str, *, name: str) -> tuple[Sanitiser, ...]:
    """Read a file of nbval's ``--nbval-sanitize-with``.

    Raises
    ------
    InputError
        If a pattern is no regular expression, or there are too many or too long ones.
    """
    found = tuple(
        Sanitiser(pattern=pattern, replacement=replacement)
        for pattern, replacement in _PAIRS.findall(text.replace("\r\n", "\n"))
    )
    if len(found) > _MOST:
        raise InputError(f"{name} has more than {_MOST} patterns. Join some of them.")
    for number, each in enumerate(found, start=1):
        if len(each.replacement) > _LONGEST_REPLACEMENT:
            raise InputError(
                f"The replacement of pattern {number} of {name} has more than"
                f" {_LONGEST_REPLACEMENT} characters. A word is enough."
            )
        try:
            sanitise("", [each])
        except duckdb.Error as error:
            raise InputError(
                f"Pattern {number} of {name} cannot be used: it is no regular"
                " expression, or it looks ahead or behind, which takes too long in the"
                " worst case. Write it without."
            ) from error
    return found


def sanitise(text: str, sanitisers: Iterable[Sanitiser]) -> str:
    """Replace what the patterns match; a text that they make ever longer stays.

    What only grows overlooks nothing, and ten patterns that double each character make
    a thousand of one.
    """
    original, most = text, 2 * len(text) + 1_000
    with duckdb.connect() as engine:
        for each in sanitisers:
            values = [text, each.pattern, each.replacement]
            answer = engine.execute("SELECT regexp_replace(?, ?, ?, 'g')", values)
            (text,) = answer.fetchone() or (text,)
            if len(text) > most:
                return original
    return text
