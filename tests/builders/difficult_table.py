"""A table with everything that formats have lost before, and its dictionary."""

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from enclave.delivery.formats.layout import Layout, layout_of
from tests.builders.parquet_file import write_parquet


LONG = "Blåbærgrød på en æblekærne; " * 120 + "slut"  # longer than Stata's str2045
SCHEMA = pa.schema(
    [
        ("pseudonym", pa.string()),
        ("date", pa.date32()),
        ("answered", pa.timestamp("us")),
        ("ward", pa.string()),
        ("note", pa.string()),
        ("value", pa.float64()),
        ("number", pa.int64()),
        ("sample_id", pa.int64()),
        ("urgent", pa.bool_()),
        ("a_name_of_more_than_thirty_two_letters", pa.string()),
        ("a_name_of_more_than_eight", pa.string()),
    ]
)


def rows() -> list[dict[str, Any]]:
    """Ordinary rows, and one for each trap."""
    plain = {
        "pseudonym": "0" * 26,
        "date": date(2015, 6, 20),
        "answered": datetime(2015, 6, 20, 13, 45, 30, 250_000),  # noqa: DTZ001
        "ward": "Afsnit Ø, æøå ÆØÅ",
        "note": "kort",
        "value": 1.5,
        "number": 7,
        "sample_id": 2**53 + 1,
        "urgent": True,
        "a_name_of_more_than_thirty_two_letters": "x",
        "a_name_of_more_than_eight": "y",
    }
    traps: list[dict[str, Any]] = [
        {},
        {"date": date(1899, 12, 31), "answered": datetime(1959, 12, 31, 23, 59, 59)},  # noqa: DTZ001
        {"date": date(1960, 1, 1), "answered": datetime(1850, 2, 28, 1, 2, 3, 1000)},  # noqa: DTZ001
        {"note": LONG},
        {"note": 'a, "quoted"\nline; and a %macro &call'},
        {"ward": "", "note": "0000-1 leading zeros"},
        {"number": 2**53, "sample_id": -(2**60)},
        {"number": -(2**53), "value": -0.1},
        {"value": 1e-70},
        {"value": 7.2e75},
        {"value": math.pi * 1e15, "urgent": False},
        {"value": float("nan")},
        {name: None for name in SCHEMA.names if name != "pseudonym"},
    ]
    return [
        {**plain, **trap, "pseudonym": f"{number:026d}"}
        for number, trap in enumerate(traps)
    ]


def dictionary() -> dict[str, Any]:
    columns = [
        {
            "name": name,
            "type": "string",
            "label": {"en": f"{name} in English", "da": f"{name} på dansk æøå"},
        }
        for name in SCHEMA.names
    ]
    by_name = {column["name"]: column for column in columns}
    by_name["value"]["unit"] = "µmol/L"
    by_name["ward"]["label"] = {"en": "A label of more than forty letters, æøå" * 2}
    return {
        "name": "lab",
        "label": {"en": "Laboratory results", "da": "Laboratoriesvar"},
        "columns": columns,
    }


def layout(folder: Path, table: pa.Table | None = None) -> Layout:
    """Write the table as Parquet, and look through it."""
    made = pa.Table.from_pylist(rows(), SCHEMA) if table is None else table
    path = folder / "lab.parquet"
    write_parquet(path, made.schema, [made])
    described = dictionary()
    described["columns"] = [
        column for column in described["columns"] if column["name"] in made.column_names
    ]
    return layout_of(path, described)
