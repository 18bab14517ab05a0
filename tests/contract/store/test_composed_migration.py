"""Migration 0022 says of each entry that is there whether it was composed."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from enclave.disclosure.layout import COUNT, Layout
from enclave.store import schema
from enclave.store.disclosure_tables import LedgerEntry
from tests.builders.disclosure import (
    Clock,
    Counting,
    a_gate,
    asker,
    event,
    question,
    somebody,
)


BEFORE = "0021"
CHANGE = Layout("change 0b5e", ("new", "corrected"), composed=False)
SEX_AGE = Layout("sex-age", ("female", "male"), composed=True)
CODES = Layout("codes", ("all", 'SKS "name":"change 0b5e"}}'), composed=True)
PLAIN = question(event("DE11"))
WITH_INDEX = question(index=event("DE11"))


def ask(gate, layout, asked):
    def cells(one):
        return dict.fromkeys(layout.cells, somebody(500, one))

    if layout is COUNT:
        return gate.ask(asker(), asked, 1, Counting(), clock=Clock()).ledger_id
    found = gate.ask_cells(asker(), asked, 1, layout, cells, clock=Clock())
    return found.total.ledger_id


def composed(store):
    with store.begin() as session:
        return {
            entry.question_id: entry.composed
            for entry in session.scalars(select(LedgerEntry))
        }


def test_what_the_answers_tell_is_believed_and_all_else_is_composed(store):
    gate = a_gate(store)
    asked = [
        (COUNT, PLAIN),
        (COUNT, WITH_INDEX),
        (CHANGE, PLAIN),
        (SEX_AGE, WITH_INDEX),
        (CODES, PLAIN),
    ]
    known = {ask(gate, *one): one[0].composed for one in asked}
    with store.begin() as session:
        session.add(
            LedgerEntry(
                at=Clock()(),
                account="rikke",
                organisation="Rigshospitalet",
                question_id="broken off",
                snapshot=1,
                refused=False,
                composed=False,
                policy="p",
            )
        )

    schema.downgrade(store, BEFORE)
    schema.upgrade(store)

    assert sorted(known.values()) == [False, False, False, True, True]
    assert composed(store) == known | {"broken off": True}
    with pytest.raises(DBAPIError, match="append-only"), store.begin() as session:
        session.execute(update(LedgerEntry).values(composed=False))
