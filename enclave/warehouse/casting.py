"""From what the source holds to typed values: one SQL expression per column.

Nothing is guessed. A text is a value of the column's type or it is a finding, and what
counts as "no value" is a list of texts. Numbers never become text by way of a float.
"""

from dataclasses import dataclass
from datetime import date

from enclave.warehouse.column import (
    AgeAt,
    Column,
    Constant,
    DateParts,
    DaysAfter,
    FirstOf,
    ReplyPart,
)
from enclave.warehouse.inputs import Inputs
from enclave.warehouse.parsing import REPLY, SQL_TYPES, typed, whole
from enclave.warehouse.sql import literal


# Beyond this a count of days is no longer a day of anybody's life.
_MOST_DAYS = 200 * 366
_OLDEST = 130


@dataclass(frozen=True)
class Cell:
    """How one column is computed.

    Attributes
    ----------
    value
        SQL of the value, over the cleaned texts.
    given
        SQL that is true where the source holds something; where it does and there is
        no value, that is a finding. ``None`` where there cannot be a finding.
    raw
        SQL of the text that a finding is about.
    rule
        The rule that such a finding breaks.
    """

    value: str
    given: str | None = None
    raw: str = "NULL"
    rule: str = "type_error"


def cell(column: Column, inputs: Inputs) -> Cell:
    """Say how a column is computed from the source columns."""
    made = _derived(column, inputs) if column.derive else _read(column, inputs)
    if column.when is None:
        return made
    met = f"{inputs.text(column.when.source, column)} = {literal(column.when.equals)}"
    return Cell(
        value=f"CASE WHEN {met} THEN {made.value} END",
        given=f"{met} AND {made.given}" if made.given else None,
        raw=made.raw,
        rule=made.rule,
    )


def _read(column: Column, inputs: Inputs) -> Cell:
    if column.recode:
        return _recoded(column, inputs.text(column.source, column))
    native = inputs.native(column)
    if native is not None:
        value = f"TRY_CAST({native} AS {SQL_TYPES[column.type]})"
        if column.type == "number":
            value = f"CASE WHEN isfinite({value}) THEN {value} END"
        return Cell(value=value, given=f"{native} IS NOT NULL")
    text = inputs.text(column.source, column)
    if column.type == "string":
        return Cell(value=text)
    return Cell(value=typed(text, column), given=f"{text} IS NOT NULL", raw=text)


def _recoded(column: Column, text: str) -> Cell:
    cases = " ".join(
        f"WHEN {literal(old)} THEN {literal(new)}" for old, new in column.recode.items()
    )
    rest = f" ELSE {text}" if column.otherwise == "keep" else ""
    recoded = f"CASE {text} {cases}{rest} END"
    value = recoded if column.type == "string" else typed(recoded, column)
    if column.otherwise == "missing":
        return Cell(value=value)
    given = f"{text} IS NOT NULL"
    return Cell(value=value, given=given, raw=text, rule="unknown_value")


def _derived(column: Column, inputs: Inputs) -> Cell:
    def text_of(names: tuple[str, ...]) -> str:
        return inputs.text(names, column)

    match column.derive:
        case Constant(value=value):
            text = literal(value.isoformat() if isinstance(value, date) else value)
            return Cell(value=f"CAST({text} AS {SQL_TYPES[column.type]})")
        case DaysAfter(origin=origin, source=source):
            return _days_after(origin, text_of(source))
        case AgeAt(at=at, source=source):
            return _born(at, text_of(source))
        case DateParts() as parts:
            return _from_parts(
                text_of(parts.year), text_of(parts.month), text_of(parts.day)
            )
        case ReplyPart(kind=kind, source=source):
            return _reply(kind, text_of(source), column)
        case FirstOf() | None:
            return Cell(value=f"CAST(NULL AS {SQL_TYPES[column.type]})")


def _days_after(origin: date, text: str) -> Cell:
    days = whole(text)
    return Cell(
        value=(
            f"CASE WHEN abs({days}) <= {_MOST_DAYS}"
            f" THEN DATE '{origin}' + CAST({days} AS INTEGER) END"
        ),
        given=f"{text} IS NOT NULL",
        raw=text,
    )


def _born(at: date, text: str) -> Cell:
    age = whole(text)
    return Cell(
        value=(
            f"CASE WHEN {age} BETWEEN 0 AND {_OLDEST} THEN CAST(DATE '{at}'"
            f" - to_months(CAST(12 * {age} + 6 AS INTEGER)) AS DATE) END"
        ),
        given=f"{text} IS NOT NULL",
        raw=text,
    )


def _from_parts(year: str, month: str, day: str) -> Cell:
    middle = f"CASE WHEN {month} IS NULL THEN '1' ELSE '15' END"
    text = (
        f"{year} || '-' || coalesce({month}, '7') || '-' || coalesce({day}, {middle})"
    )
    return Cell(
        value=f"CAST(try_strptime({text}, '%Y-%m-%d') AS DATE)",
        given=f"{year} IS NOT NULL",
        raw=text,
    )


def _reply(kind: str, text: str, column: Column) -> Cell:
    pointed = f"replace({text}, ',', '.')" if column.decimal == "," else text
    if kind == "number_in":
        found = f"regexp_extract({pointed}, {literal(REPLY)}, 2)"
        return Cell(value=f"TRY_CAST(nullif({found}, '') AS DOUBLE)")
    return Cell(value=f"nullif(regexp_extract({pointed}, {literal(REPLY)}, 1), '')")
