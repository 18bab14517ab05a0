"""Descriptions of own data, and files that fit them or do not."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from enclave.airlock.conversion.plain_csv import examine
from enclave.airlock.ingress import Ingress
from enclave.airlock.uploaded_table import UploadedTable
from enclave.projects import applications
from enclave.projects.forms import OwnDataForm
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse
from tests.builders.projects import at


COLUMNS = (
    {"name": "cpr", "label": "CPR number", "type": "text", "use": "cpr"},
    {"name": "sample", "label": "Sample", "type": "text", "use": "other_key"},
    {"name": "value", "label": "Result", "type": "number", "unit": "mg/L"},
    {"name": "day", "label": "Day", "type": "date"},
)


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "project": "demo",
        "table": "cytokines",
        "description": "Cytokines in plasma, measured by the project's laboratory.",
        "source": "Laboratory of the project",
        "legal_basis": "The participants' written consent.",
        "on_fortegnelse": True,
        "columns": list(COLUMNS),
        "contact": "rikke@demo.example",
        **changes,
    }


def form(**changes: Any) -> OwnDataForm:
    return OwnDataForm.model_validate(fields(**changes))


def write(path: Path, columns: dict[str, list[str]]) -> Path:
    """Write a CSV: what a person sends, and what a conversion makes, are both so."""
    rows = zip(*columns.values(), strict=True)
    lines = [_line(row) for row in (columns, *rows)]
    path.write_text("".join(lines), "utf-8", newline="")
    return path


def _line(values: Iterable[str]) -> str:
    quoted = [one and '"{}"'.format(one.replace('"', '""')) for one in values]
    return ",".join(quoted) + "\n"


def table(path: Path) -> UploadedTable:
    return UploadedTable(path, examine(path))


def describe(settings: Settings, database: Database, **changes: Any) -> int:
    """Hand in a description, and approve it."""
    catalogue = Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        made = applications.create(
            session, "own_data", fields(**changes), "rikke", at()
        )
        applications.submit(session, made.id, "rikke", catalogue, at())
        applications.act(session, made.id, "approve_description", "mads", clock=at())
        return made.id


def uploaded(
    settings: Settings, hospital: Database, number: int, raw: bytes, pieces: int = 1
) -> Ingress:
    hand = Ingress(settings, hospital, number)
    size = -(-len(raw) // pieces)
    for start in range(0, len(raw), size):
        hand.append(start, raw[start : start + size], actor="rikke")
    hand.complete(hashlib.sha256(raw).hexdigest(), actor="rikke", clock=at())
    return hand


def state(hospital: Database, number: int) -> str:
    with hospital.begin() as session:
        return applications.get(session, number, "mads").state
