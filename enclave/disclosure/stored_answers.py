"""One noisy answer per question, for ever.

The noise is drawn and stored in one transaction, and what is shown is read back from
the table. Two samples of the noise on one count would be worth more than one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from enclave.canonical import canonical_json
from enclave.disclosure.canonical_question import question_id
from enclave.disclosure.layout import COUNT, Cells, Layout, sizes_of
from enclave.disclosure.noise import add_noise
from enclave.disclosure.policy import Policy
from enclave.disclosure.sealing import Seal
from enclave.disclosure.snapping import Anchor, nearest, sizes_to_compare
from enclave.errors import IntegrityError
from enclave.store.database import Database
from enclave.store.disclosure_tables import (
    AnsweredCohort,
    OtherHalf,
    Snap,
    StoredAnswer,
    StoredCell,
)


# One question is compared with earlier ones and stored at a time, or two near-identical
# ones asked at once would be two samples. SQLite's BEGIN IMMEDIATE already sees to it.
_POSTGRESQL_LOCK = 7_203_144_914


class Asked(NamedTuple):
    """What is to be answered.

    Attributes
    ----------
    id, form
        Identity and canonical form.
    snapshot
        Number of the snapshot it is about.
    layout
        What is released about the cohort.
    halves
        Yields what makes it a half of something, and that something.
    sizes
        Returns how many persons are in each cell of the layout, from the sets that are
        kept of it.
    """

    id: str
    snapshot: int
    form: dict[str, Any]
    layout: Layout
    halves: Callable[[], Iterator[tuple["Asked", "Asked"]]] = lambda: iter(())
    sizes: Callable[[Cells], Mapping[str, int]] = sizes_of


class Noisy(NamedTuple):
    """A stored answer: the noisy count of each cell, and their sum."""

    total: int
    cells: dict[str, int]


class StoredAnswers:
    """The answers of one installation."""

    def __init__(self, database: Database, policy: Policy, secret: bytes) -> None:
        self._database = database
        self._policy = policy
        self._seal = Seal(secret)
        self._check_key(secret)

    def _check_key(self, secret: bytes) -> None:
        with self._database.begin() as session:
            known = session.scalars(select(StoredAnswer).limit(1)).first()
        if known is None:
            return
        form = json.loads(known.question)
        if question_id(form, known.snapshot, secret) != known.question_id:
            raise IntegrityError(
                "The gate's key is not the one that earlier questions were answered"
                " under. Restore keys/gate.key from the backup: with another key every"
                " question would be answered a second time, with new noise."
            )

    def answer(self, asked: Asked, count: Callable[[], Cells], at: datetime) -> Noisy:
        """Return a question's noisy counts, making them the first time.

        Parameters
        ----------
        count
            Returns the persons of each set that is kept. It runs outside any
            transaction, and only if there is no stored answer.
        at
            When it is asked.
        """
        with self._database.begin() as session:
            if _is_stored(session, asked):
                return _stored(session, asked)
        cells = count()
        sizes = asked.sizes(cells)
        with self._database.begin() as session:
            _lock(session)
            # Another process may have answered meanwhile: draw only if nobody has.
            if not _is_stored(session, asked):
                self._make(session, asked, cells, sizes, at)
            # What is shown is what is stored, whoever stored it. It leaves here only
            # after the commit that ends this block.
            return _stored(session, asked)

    def _make(
        self,
        session: Session,
        asked: Asked,
        cells: Cells,
        sizes: Mapping[str, int],
        at: datetime,
    ) -> None:
        anchors = self._anchors(session, asked, sum(sizes.values()))
        anchor = nearest(cells, anchors, self._policy)
        if anchor is not None:
            noisy = _stored(session, asked._replace(id=anchor))
            session.add(Snap(question_id=asked.id, anchor_id=anchor, at=at))
        else:
            left = self._left_by_other_half(session, asked, cells, at)
            noisy = left or self._with_fresh_noise(asked.layout, sizes)
            session.add(
                AnsweredCohort(
                    question_id=asked.id,
                    snapshot=asked.snapshot,
                    layout=asked.layout.identity,
                    noisy=noisy.total,
                    sealed=self._seal.close(cells, asked.layout, asked.id),
                )
            )
            session.add_all(
                OtherHalf(
                    question_id=other.id,
                    half_id=asked.id,
                    whole_id=whole.id,
                    whole=canonical_json(whole.form).decode(),
                )
                for other, whole in _different(asked)
            )
        session.add(
            StoredAnswer(
                question_id=asked.id,
                at=at,
                snapshot=asked.snapshot,
                question=canonical_json(asked.form).decode(),
                noisy=noisy.total,
                policy=self._policy.digest,
            )
        )
        if asked.layout != COUNT:
            session.add_all(
                StoredCell(question_id=asked.id, cell=name, noisy=count)
                for name, count in noisy.cells.items()
            )
        session.flush()

    def _left_by_other_half(
        self, session: Session, asked: Asked, cells: Cells, at: datetime
    ) -> Noisy | None:
        """Return what the answer for the other half leaves of that for the whole.

        With noise of its own, each pair of halves would be one more sample of the
        whole, and there are as many pairs as there are codes to divide it by.
        """
        known = select(OtherHalf).where(OtherHalf.question_id == asked.id)
        half = session.scalars(known.order_by(OtherHalf.half_id).limit(1)).first()
        if half is None:
            return None
        whole = asked._replace(
            id=half.whole_id, form=json.loads(half.whole), halves=lambda: iter(())
        )
        if not _is_stored(session, whole):
            row = session.get_one(AnsweredCohort, half.half_id)
            there = self._seal.open(row.sealed, asked.layout, half.half_id)
            both = {name: cells[name] | there[name] for name in cells}
            self._make(session, whole, both, whole.sizes(both), at)
        total, parts = _stored(session, whole)
        taken = _stored(session, asked._replace(id=half.half_id))
        left = {name: count - taken.cells[name] for name, count in parts.items()}
        return Noisy(total - taken.total, left)

    def _with_fresh_noise(self, layout: Layout, sizes: Mapping[str, int]) -> Noisy:
        sigma = self._policy.sigma * layout.widening
        noisy = {name: add_noise(sizes[name], sigma=sigma) for name in layout.cells}
        return Noisy(sum(noisy.values()), noisy)

    def _anchors(self, session: Session, asked: Asked, size: int) -> list[Anchor]:
        """Return earlier cohorts of about this size, released in the same layout."""
        layout = asked.layout
        low, high = sizes_to_compare(
            size,
            self._policy,
            sigma=self._policy.sigma * layout.widening_of_total,
            memberships=layout.memberships,
        )
        rows = session.scalars(
            select(AnsweredCohort).where(
                AnsweredCohort.snapshot == asked.snapshot,
                AnsweredCohort.layout == layout.identity,
                AnsweredCohort.noisy.between(low, high),
            )
        )
        return [
            Anchor(
                row.question_id, self._seal.open(row.sealed, layout, row.question_id)
            )
            for row in rows
        ]


def _different(asked: Asked) -> Iterator[tuple[Asked, Asked]]:
    """Yield the halves that a question is one of; each other half once."""
    yield from {other.id: (other, whole) for other, whole in asked.halves()}.values()


def _is_stored(session: Session, asked: Asked) -> bool:
    return session.get(StoredAnswer, asked.id) is not None


def _stored(session: Session, asked: Asked) -> Noisy:
    answer = session.get_one(StoredAnswer, asked.id)
    if asked.layout == COUNT:
        return Noisy(answer.noisy, dict.fromkeys(COUNT.cells, answer.noisy))
    cells = select(StoredCell).where(StoredCell.question_id == asked.id)
    found = {cell.cell: cell.noisy for cell in session.scalars(cells)}
    return Noisy(answer.noisy, {name: found[name] for name in asked.layout.cells})


def _lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK}
        )
