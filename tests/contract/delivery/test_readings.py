"""Columns that several workspaces read at the same time, on either database."""

from threading import Thread

from sqlalchemy import select

from enclave.delivery import readings
from enclave.store.database import Database
from enclave.store.delivery_tables import ColumnReading
from tests.builders import projects
from tests.builders.projects import TODAY


COLUMNS = ["lab.value", "lab.date", "person.sex"]


def test_two_workspaces_may_tell_of_one_new_column_at_once(store: Database):
    projects.cast(store)
    projects.project(store)
    later = TODAY.replace(year=TODAY.year + 1)

    def tell() -> None:
        with store.begin() as session:
            readings.note(session, 1, 1, COLUMNS[::-1], later)

    other = Thread(target=tell)
    with store.begin() as session:
        readings.note(session, 1, 1, COLUMNS[:2], TODAY)
        session.flush()
        other.start()
        # It comes to what the first has not committed yet, and waits for it.
        other.join(0.5)
        assert other.is_alive()
    other.join()

    with store.begin() as session:
        rows = session.scalars(select(ColumnReading)).all()
        found = {row.column: (row.first, row.last) for row in rows}
    assert found == {
        "lab.value": (TODAY, later),
        "lab.date": (TODAY, later),
        "person.sex": (later, later),
    }
