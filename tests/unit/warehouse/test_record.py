import json

from sqlalchemy import select

from enclave.audit.log import verify
from enclave.store.audit_tables import AuditEntry
from enclave.warehouse.record import record_snapshots
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import FILES, build_mapping, write_source


def test_every_snapshot_is_entered_once(settings, database, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "source"), build_mapping())
    with database.begin() as session:
        assert record_snapshots(session, stored.snapshots(), actor="mads") == 1
    stored.load(
        write_source(tmp_path / "source", lab=FILES["lab"].replace("12.5", "9")),
        build_mapping(),
    )

    with database.begin() as session:
        assert record_snapshots(session, stored.snapshots(), actor="mads") == 1
        assert record_snapshots(session, stored.snapshots(), actor="mads") == 0

    with database.begin() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))
        assert [(each.actor, each.action, each.subject) for each in entries] == [
            ("mads", "warehouse.load", "snapshot:1"),
            ("mads", "warehouse.load", "snapshot:2"),
        ]
        details = json.loads(entries[1].details)
        assert details["digest"] == stored.snapshot(2).digest
        assert set(details["tables"]) == {"person", "lab", "code"}
        assert verify(session).entries == 2
