"""The receipt: what was counted, what was delivered, and why the two differ.

It holds counts and nothing about any single person.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from enclave.cohort.rendering import describe
from enclave.delivery.extraction import Tally
from enclave.delivery.minimisation import (
    AGE_BAND,
    FEWEST_PERSONS,
    RARE,
    DeliveredTable,
)
from enclave.delivery.order import Order
from enclave.delivery.person_count import Found, PersonCount, count_persons
from enclave.delivery.receipt_sentences import Statement, statement
from enclave.delivery.shown_count import ShownCount
from enclave.projects.forms import DatePolicy
from enclave.warehouse.snapshot import Snapshot


_FEW_ROWS = 20


class TableCount(BaseModel):
    """One table's rows, of the persons of the cohort."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    rows_of_cohort: int
    rows_outside_window: int
    rows_delivered: int
    persons_with_rows: int


class Receipt(BaseModel):
    """A delivery's receipt.

    Attributes
    ----------
    shown
        The protected count of the question; null if nobody asked for it.
    statements
        Each difference between that count, the cohort and what was delivered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: Literal["receipt"] = "receipt"
    schema_version: Literal[1] = 1
    project: str
    version: int
    grant: str
    snapshot: int
    question_en: str
    question_da: str
    window_start: date
    window_end: date
    shown: ShownCount | None
    persons: PersonCount
    tables: tuple[TableCount, ...]
    statements: tuple[Statement, ...]


def compile_receipt(order: Order, found: Found) -> Receipt:
    """Write the receipt of one version."""
    grant, snapshot = order.grant, order.snapshot
    persons = count_persons(found)
    return Receipt(
        project=grant.project,
        version=order.version,
        grant=grant.id,
        snapshot=snapshot.number,
        question_en=describe(grant.question, "en"),
        question_da=describe(grant.question, "da"),
        window_start=grant.window.start,
        window_end=grant.window.end,
        shown=order.shown,
        persons=persons,
        tables=tuple(_count(table, tally) for table, tally in found.tallies),
        statements=(
            *_about_counts(order.shown, snapshot.number, persons),
            *_about_persons(found, persons),
            *_about_rows(snapshot, found),
            *_about_dates(grant.date_policy, found),
        ),
    )


def _about_counts(
    shown: ShownCount | None, snapshot: int, persons: PersonCount
) -> Iterator[Statement]:
    if shown is None:
        yield statement("no_count")
    else:
        yield statement(
            "count_shown",
            shown.value,
            shown_snapshot=shown.snapshot,
            shown_en=shown.en,
            shown_da=shown.da,
        )
        if shown.snapshot != snapshot:
            yield statement("other_snapshot", None, snapshot=snapshot)
    yield statement("exact_count", persons.cohort, snapshot=snapshot)
    if shown is not None and shown.value is not None:
        more = persons.cohort - shown.value
        if more:
            yield statement("above_shown" if more > 0 else "below_shown", abs(more))


def _about_persons(found: Found, persons: PersonCount) -> Iterator[Statement]:
    yield statement("delivered", persons.cohort)
    if all(table.date is None for table, _ in found.tallies):
        return
    yield statement("with_rows", persons.with_rows)
    for reason in ("died_before_window", "only_outside_window", "no_rows"):
        if number := getattr(persons, reason):
            yield statement(reason, number)


def _about_rows(snapshot: Snapshot, found: Found) -> Iterator[Statement]:
    for table, _ in found.tallies:
        rows = sum(
            problem.rows
            for problem in snapshot.manifest.problems
            if problem.table == table.name and problem.action == "quarantined"
        )
        if rows:
            # Of all persons of the warehouse, hence no exact number.
            few = rows < _FEW_ROWS
            yield statement(
                "few_set_aside" if few else "set_aside",
                None if few else _rounded(rows),
                snapshot=snapshot.number,
                table=table.name,
            )


def _about_dates(date_policy: DatePolicy, found: Found) -> Iterator[Statement]:
    if date_policy is not DatePolicy.REAL:
        yield statement(f"dates_{date_policy}")
    columns = [column for table, _ in found.tallies for column in table.columns]
    if any(column.precision == AGE_BAND for column in columns):
        yield statement("age_band")
    elif any(column.variable.role == "birth_date" for column in columns):
        yield statement("birth_year")
    for table, _ in found.tallies:
        for column in table.columns:
            if column.hides_few:
                name = f"{table.name}.{column.name}"
                yield statement("hides_few", FEWEST_PERSONS, column=name, called=RARE)


def _rounded(rows: int) -> int:
    """Round to two significant digits, as the catalogue does."""
    step: int = 10 ** (len(str(rows)) - 2)
    return round(rows / step) * step


def _count(table: DeliveredTable, tally: Tally) -> TableCount:
    rows, inside = int(tally.rows.sum()), int(tally.inside.sum())
    return TableCount(
        table=table.name,
        rows_of_cohort=rows,
        rows_outside_window=rows - inside,
        rows_delivered=inside,
        persons_with_rows=int((tally.inside > 0).sum()),
    )
