from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from enclave.audit import log
from enclave.audit.log import Event
from enclave.errors import IntegrityError
from enclave.store.database import Database


def write(database: Database, number: int) -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    for i in range(number):
        with database.begin() as session:
            log.record(
                session,
                Event("karen", "proposal.approve", f"proposal:{i}", {"grund": "måske"}),
                clock=lambda i=i: start + timedelta(minutes=i),
            )


def change(database: Database, statement: str) -> None:
    with database.begin() as session:
        session.execute(text(statement))


def test_an_untouched_chain_verifies(database: Database):
    write(database, 5)

    with database.begin() as session:
        found = log.verify(session)
        assert found.entries == log.length(session) == 5
        assert len(found.head) == 64


def test_an_empty_log_verifies(database: Database):
    with database.begin() as session:
        assert log.verify(session) == log.Verification(0, log.GENESIS)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'ole' WHERE number = 3",
        "UPDATE audit_entry SET at = '2026-11-23 00:00:00' WHERE number = 3",
        "UPDATE audit_entry SET details = '{}' WHERE number = 3",
        "UPDATE audit_entry SET hash = 'abc' WHERE number = 3",
    ],
)
def test_a_changed_entry_is_named(database: Database, statement: str):
    write(database, 5)
    change(database, statement)

    with (
        pytest.raises(IntegrityError, match="entry 3 was changed"),
        database.begin() as session,
    ):
        log.verify(session)


def test_a_removed_entry_is_named(database: Database):
    write(database, 5)
    change(database, "DELETE FROM audit_entry WHERE number = 2")

    with (
        pytest.raises(IntegrityError, match="entry 2 is missing"),
        database.begin() as session,
    ):
        log.verify(session)


def test_an_event_is_gone_with_the_change_it_tells_about(database: Database):
    with pytest.raises(RuntimeError), database.begin() as session:
        log.record(session, Event("karen", "proposal.approve", "proposal:1"))
        raise RuntimeError

    with database.begin() as session:
        assert log.length(session) == 0
