"""The database refuses to change what the gate has written."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from enclave.store.disclosure_tables import LedgerEntry, StoredAnswer
from tests.builders.disclosure import START


ENTRY = {
    "at": START,
    "account": "rikke",
    "organisation": "Rigshospitalet",
    "question_id": "a" * 64,
    "snapshot": 1,
    "refused": False,
    "composed": False,
    "policy": "p",
}
ANSWER = {
    "question_id": "a" * 64,
    "at": START,
    "snapshot": 1,
    "question": "{}",
    "noisy": 17,
    "policy": "p",
}


@pytest.mark.parametrize(
    ("table", "row", "change"),
    [(LedgerEntry, ENTRY, {"account": "anne"}), (StoredAnswer, ANSWER, {"noisy": 18})],
)
def test_rows_are_neither_changed_nor_removed(store, table, row, change):
    with store.begin() as session:
        session.add(table(**row))

    for statement in (update(table).values(**change), delete(table)):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            store.begin() as session,
        ):
            session.execute(statement)


def test_a_person_pays_once_for_a_question(store):
    with store.begin() as session:
        session.add(LedgerEntry(**ENTRY))
        session.add(LedgerEntry(**{**ENTRY, "account": "anne"}))

    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(LedgerEntry(**ENTRY))


def test_a_question_has_one_answer(store):
    with store.begin() as session:
        session.add(StoredAnswer(**ANSWER))

    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(StoredAnswer(**{**ANSWER, "noisy": 99}))
