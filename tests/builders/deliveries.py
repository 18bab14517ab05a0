"""Deliveries of an installation, and what is on record of them."""

import json
from pathlib import Path

import pyarrow.parquet as pq
from sqlalchemy import text

from enclave.audit import log
from enclave.delivery.deliver import deliver, enqueue
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.projects import at


def make(settings: Settings, database: Database, grant: str, **options):
    return deliver(settings, database, grant, clock=at(), **options)


def leave(settings: Settings, database: Database, grant: str, **options) -> int:
    """Leave a delivery to a worker."""
    with database.begin() as session:
        return enqueue(session, settings, grant, clock=at(), **options)


def column(folder: Path, table: str, name: str) -> list:
    return pq.read_table(folder / f"{table}.parquet")[name].to_pylist()


def events(database: Database, action: str) -> list[dict]:
    with database.begin() as session:
        log.verify(session)
        return [
            json.loads(details)
            for (details,) in session.execute(
                text("SELECT details FROM audit_entry WHERE action = :action"),
                {"action": action},
            )
        ]
