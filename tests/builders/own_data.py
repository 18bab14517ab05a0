"""Descriptions of own data, and files that fit them or do not."""

import csv
from pathlib import Path
from typing import Any

from enclave.projects.forms import OwnDataForm


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
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))
    return path
