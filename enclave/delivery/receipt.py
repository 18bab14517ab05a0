"""The receipt: what was counted, what was delivered, and why the two differ.

It holds counts and nothing about any single person.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from enclave.canonical import file_digest
from enclave.cohort.rendering import describe
from enclave.delivery import manifest as manifests
from enclave.delivery.extraction import Tally
from enclave.delivery.minimisation import (
    AGE_BAND,
    FEWEST_PERSONS,
    RARE,
    DeliveredTable,
)
from enclave.delivery.order import Order
from enclave.delivery.person_count import Found, PersonCount, count_persons
from enclave.delivery.reasons import Reason
from enclave.delivery.receipt_sentences import Statement, statement
from enclave.delivery.shown_count import ShownCount
from enclave.errors import IntegrityError
from enclave.projects.forms import DatePolicy
from enclave.warehouse.snapshot import Snapshot


RECEIPT = "receipt.json"
_FEW_ROWS = 20


class TableCount(BaseModel):
    """One table's rows, of the persons of the cohort."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    rows_of_cohort: int
    rows_outside_window: int
    rows_delivered: int
    persons_with_rows: int


class Explained(BaseModel):
    """One part of the difference between the protected count and the delivery.

    Attributes
    ----------
    reason
        ``protection`` is what the count gate added or took away.
    persons
        Below zero for those who are not there any more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Literal["protection"] | Reason
    persons: int


class Receipt(BaseModel):
    """A delivery's receipt.

    Attributes
    ----------
    shown
        The protected count of the question; null if nobody asked for it.
    difference
        Why the delivered number of persons is not the one shown. The parts add up to
        the difference; there are none where no number was shown.
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
    difference: tuple[Explained, ...] = ()
    tables: tuple[TableCount, ...]
    statements: tuple[Statement, ...]


def read_receipt(folder: Path, trusted_key: str) -> Receipt:
    """Read the receipt in a delivery's folder, and check that it is the one delivered.

    Raises
    ------
    InputError, IntegrityError
        If the folder is no delivery, or manifest or receipt was changed.
    """
    manifest = manifests.read(folder, trusted_key=trusted_key)
    if file_digest(folder / RECEIPT) != manifest.files.get(RECEIPT):
        raise IntegrityError(
            f"{RECEIPT} in {folder} was changed after the delivery. Restore the folder"
            " from the backup."
        )
    return Receipt.model_validate_json((folder / RECEIPT).read_bytes())


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
        difference=tuple(_difference(order.shown, found, persons)),
        tables=tuple(_count(table, tally) for table, tally in found.tallies),
        statements=(
            *_about_counts(order.shown, snapshot.number, found, persons),
            *_about_persons(found, persons),
            *_about_rows(snapshot, found),
            *_about_dates(grant.date_policy, found),
            *_about_days(found),
        ),
    )


def _difference(
    shown: ShownCount | None, found: Found, persons: PersonCount
) -> Iterator[Explained]:
    if shown is None or shown.value is None:
        return
    if protection := _counted(found, persons) - shown.value:
        yield Explained(reason="protection", persons=protection)
    for reason, number in found.since_counted.items():
        yield Explained(reason=reason, persons=reason.sign * number)


def _counted(found: Found, persons: PersonCount) -> int:
    """Return the exact number behind the count that was shown."""
    since = found.since_counted.items()
    return persons.cohort - sum(reason.sign * number for reason, number in since)


def _about_counts(
    shown: ShownCount | None, snapshot: int, found: Found, persons: PersonCount
) -> Iterator[Statement]:
    if shown is None:
        yield statement("no_count")
        yield statement("exact_count", persons.cohort, snapshot=snapshot)
        return
    facts = {"shown_en": shown.en, "shown_da": shown.da}
    yield statement("count_shown", shown.value, shown_snapshot=shown.snapshot, **facts)
    yield statement("exact_count", _counted(found, persons), snapshot=shown.snapshot)
    if shown.value is not None:
        more = _counted(found, persons) - shown.value
        if more:
            yield statement("above_shown" if more > 0 else "below_shown", abs(more))
    if shown.snapshot != snapshot:
        yield statement("other_snapshot", None, snapshot=snapshot)
        for reason, number in found.since_counted.items():
            yield statement(reason, number)
        yield statement("exact_count", persons.cohort, snapshot=snapshot)


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


def _about_days(found: Found) -> Iterator[Statement]:
    for table, _ in found.tallies:
        for column in table.columns:
            if column.days is not None:
                first, last = map(str, column.days)
                name = f"{table.name}.{column.name}"
                yield statement("near", column=name, first=first, last=last)


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
