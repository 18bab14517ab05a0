"""Checks of how values are written: characters, separators, missing tokens, dates."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache

import pandas as pd

from enclave.returns.codebook import Codebook, Column
from enclave.returns.daims.finding import Problem
from enclave.returns.dataset import Dataset


# Control, invisible, private and unassigned characters; spaces but the ordinary one.
_ODD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_DASHES = "\N{EN DASH}\N{MINUS SIGN}"
_FORBIDDEN = re.compile(r"[()\[\]<>{}/|]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([ ,.'\N{NO-BREAK SPACE}]\d{3})+([.,]\d+)?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
# What people write where they have no value; numbers among them only if no value.
_MISSING = frozenset(
    {"", "na", "n/a", "nan", "nat", "null", "none", "missing", "unknown", "ukendt"}
    | {"mangler", ".", "-", "--", "?", "#n/a", "-9", "-99", "-999", "999", "9999"}
)


def plain_characters(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check for characters that cannot be seen, or lost their meaning on the way."""
    yield from _where("odd_character", data, codebook, _has_odd_character)


def no_brackets(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check for thousands separators and for characters that programs take as signs."""
    for column in codebook.of_kind("number"):
        values = data.present(column.name)
        # "1.234" is a number; with two groups it is not.
        grouped = values[values.str.fullmatch(_THOUSANDS.pattern)]
        wrong = grouped[grouped.str.count(r"[ ,.'\u00a0]\d{3}") > 1]
        wrong = pd.concat([wrong, grouped[grouped.str.contains(r"[ ,'\u00a0]")]])
        wrong = wrong[~wrong.index.duplicated()]
        if len(wrong):
            yield Problem("thousands", (column.name,), len(wrong))
    yield from _where(
        "sign", data, codebook, lambda text: bool(_FORBIDDEN.search(text))
    )


def one_missing_token(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that nothing but the codebook's token stands for a missing value."""
    for column in codebook.columns:
        values = data.present(column.name)
        others = values[values.str.strip().str.lower().isin(_MISSING)]
        others = others[~_allowed(others, column)]
        if len(others):
            yield Problem("other_missing", (column.name,), len(others))


def dates_as_described(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that each date is written as the codebook says, and exists."""
    for column in codebook.of_kind("date"):
        values = data.present(column.name)
        wrong = sum(not _is_date(text, column.date_format) for text in values)
        if wrong:
            yield Problem("no_such_date", (column.name,), wrong)


def decimal_point(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that numbers are written with a decimal point and nothing else."""
    for column in codebook.of_kind("number"):
        values = data.present(column.name)
        comma = values.str.fullmatch(_COMMA.pattern)
        if comma.any():
            yield Problem("decimal_comma", (column.name,), int(comma.sum()))
        rest = values[~comma]
        wrong = len(rest) - len(data.numbers(column.name))
        if wrong:
            yield Problem("no_number", (column.name,), wrong)


def latin_script(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check for letters of other scripts; Danish letters are for a person to judge."""
    yield from _where("other_script", data, codebook, _has_other_script)
    danish = [
        column.name
        for column in codebook.columns
        if re.search("[æøåÆØÅ]", " ".join([column.label, *_meanings(column)]))
    ]
    if danish:
        yield Problem("perhaps_danish", tuple(danish), certain=False)


def _where(
    key: str, data: Dataset, codebook: Codebook, wrong: Callable[[str], bool]
) -> Iterator[Problem]:
    for column in codebook.columns:
        values = data.present(column.name)
        # Most columns repeat few values: each is looked at once.
        bad = {text for text in values.unique() if wrong(text)}
        if bad:
            yield Problem(key, (column.name,), int(values.isin(list(bad)).sum()))


def _allowed(values: pd.Series, column: Column) -> pd.Series:
    """Return which of these are values that the codebook knows."""
    if column.kind == "category":
        return values.isin(list(column.categories or {}))
    if column.kind == "number":
        numbers = pd.to_numeric(values, errors="coerce")
        return numbers.between(*column.limits)
    return pd.Series(data=False, index=values.index)


def _has_odd_character(text: str) -> bool:
    return any(
        unicodedata.category(letter) in _ODD
        or letter in _REPLACEMENT + _DASHES
        or (unicodedata.category(letter) == "Zs" and letter != " ")
        for letter in text
        if not letter.isascii() or not letter.isprintable()
    )


def _has_other_script(text: str) -> bool:
    return any(
        letter.isalpha()
        and not letter.isascii()
        and not unicodedata.name(letter, "").startswith(("LATIN ", "MICRO SIGN"))
        for letter in text
    )


def _meanings(column: Column) -> list[str]:
    return list((column.categories or {}).values())


@cache
def _is_date(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).strftime(form) == text  # noqa: DTZ007
    except ValueError:
        return False
