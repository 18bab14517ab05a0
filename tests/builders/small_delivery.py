"""A small delivery as a project finds it in ``/project/data``: every kind of column."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from enclave.canonical import canonical_json
from enclave.delivery.formats.writing import write_formats
from enclave.delivery.manifest import describe_file
from enclave.projects.forms import Format
from tests.builders.parquet_file import write_parquet


LAB = pa.table(
    {
        "pseudonym": ["A", "B", "A", None],
        "code": ["NPU02902", "NPU19814", "NPU02902", "CD4"],
        "value": [0.1 + 0.2, 1e300, None, -7.5],
        "unit": ["10^9/L", "g/L", "10^9/L", "µmol"],
        "date": pa.array(
            ["2020-02-29 13:05:01", None, "1899-01-01 00:00:00", "2024-01-01 00:00:00"]
        ).cast(pa.timestamp("us")),
        "day": pa.array(["2020-02-29", "1969-12-31", None, "2024-01-01"]).cast(
            pa.date32()
        ),
        "visits": pa.array([1, None, 2**31 + 5, -3], pa.int64()),
        "small": pa.array([1, 2, None, 4], pa.int32()),
        "ill": pa.array([True, None, False, True]),
    }
)
PERSON = pa.table({"pseudonym": ["A", "B"], "sex": ["kvinde", "mand"]})


def a_delivery(
    folder: Path, *, formats: tuple[Format, ...] = (Format.PARQUET,)
) -> Path:
    """Write a delivery of two tables into a folder, unsigned."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in {"person": PERSON, "lab": LAB}.items():
        write_parquet(folder / f"{name}.parquet", table.schema, [table])
        files.append(describe_file(folder / f"{name}.parquet", persons=2))
    manifest = {
        "project": "hiv-lipids",
        "version": 3,
        "grant": "G7-1",
        "persons": 2,
        "window": {"start": "2010-01-01", "end": "2024-12-31"},
        "date_policy": "real",
        "tables": [file.model_dump(mode="json") for file in files],
    }
    dictionary = {
        "tables": [
            _table("person", "Persons", PERSON, {}),
            _table("lab", "Laboratory <results>", LAB, ABOUT_LAB),
        ]
    }
    write_formats(folder, dictionary, formats)
    (folder / "manifest.json").write_bytes(canonical_json(manifest))
    (folder / "dictionary.json").write_bytes(canonical_json(dictionary))
    (folder / "receipt.md").write_text("# Kvittering\n\n2 personer\n")
    return folder


ABOUT_LAB: dict[str, dict[str, Any]] = {
    "code": {"role": "code", "code_system": "NPU"},
    "value": {"role": "value", "type": "number"},
    "unit": {"role": "unit"},
    "small": {"label": {"en": "Doses", "da": "Doser"}, "unit": "mg"},
    "day": {
        "label": {"en": "Day", "da": "Dag"},
        "precision_label": {"en": "to the month", "da": "på måneden"},
    },
}


def _table(name: str, label: str, table: pa.Table, about: dict[str, dict[str, Any]]):
    return {
        "name": name,
        "label": {"en": label, "da": label},
        "columns": [
            {
                "name": column.name,
                "type": str(column.type),
                "label": {"en": column.name, "da": column.name},
                **about.get(column.name, {}),
            }
            for column in table.schema
        ],
    }
