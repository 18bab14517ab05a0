"""Migration 0003 goes down and up again, and what came before it stays."""

from sqlalchemy import inspect, text

from enclave.projects import people
from enclave.store import schema
from enclave.store.database import Database
from tests.builders.projects import cast


TABLES = {
    "code_list",
    "code_list_version",
    "code_band_release",
    "feasibility_outcome",
}


def test_down_and_up_again(store: Database):
    cast(store)
    with store.begin() as session:
        session.execute(
            text(
                "INSERT INTO code_band_release VALUES"
                " (1, '2026-11-22', 'mads', 40, 64, '{}')"
            )
        )

    schema.downgrade(store, "0002")
    assert not TABLES & {*inspect(store.engine).get_table_names()}
    schema.upgrade(store)
    assert {*inspect(store.engine).get_table_names()} >= TABLES
    with store.begin() as session:
        assert people.get(session, "mads").name == "mads"
        kept = session.execute(text("SELECT count(*) FROM code_band_release")).scalar()
    assert kept == 0
