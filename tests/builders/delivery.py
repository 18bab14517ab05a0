"""Tables, catalogues and grants for deliveries, with only what matters named."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from enclave.cohort.question import Population, Question
from enclave.delivery.engine import DuckDb
from enclave.delivery.extraction import Extraction
from enclave.delivery.grant import Grant
from enclave.delivery.minimisation import DeliveredTable, minimise
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import DatePolicy, Window
from enclave.warehouse.catalogue import Catalogue, Profile, TableEntry, Variable
from enclave.warehouse.vocabulary import Label


KEY = bytes(range(32))
WINDOW = Window(start=date(2010, 1, 1), end=date(2019, 12, 31))

PERSON = {
    "person": {"type": "integer", "role": "person"},
    "cpr": {"sensitivity": "direct_identifier"},
    "sex": {"role": "sex"},
    "birth_date": {"type": "date", "role": "birth_date"},
    "death_date": {"type": "date", "role": "death_date"},
    "mother": {"type": "person"},
}
LAB = {
    "person": {"type": "integer", "role": "person"},
    "date": {"type": "date", "role": "date"},
    "answered": {"type": "datetime"},
    "code": {"role": "code"},
    "value": {"type": "number", "role": "value", "unit": "mg/L"},
}
STAY = {
    "person": {"type": "integer", "role": "person"},
    "begin": {"type": "date", "role": "from"},
    "ward": {},
}
VISIT = {
    "person": {"type": "integer", "role": "person"},
    "arrived": {"type": "datetime", "role": "date"},
}
CODE = {"code": {}, "label_en": {}}


def variable(table: str, name: str, **changes: Any) -> Variable:
    fields: dict[str, Any] = {
        "table": table,
        "name": name,
        "label": Label(en=f"{name} in English", da=f"{name} på dansk"),
        "type": "string",
        "unit": None,
        "role": None,
        "code_system": None,
        "sensitivity": "plain",
        "profile": Profile(missing=0.0, distinct="11-100"),
        **changes,
    }
    return Variable(**fields)


def entry(name: str, columns: dict[str, dict[str, Any]], kind: str = "event"):
    return TableEntry(
        name=name,
        kind=kind,
        label=Label(en=f"{name} in English", da=f"{name} på dansk"),
        rows=1000,
        persons=None if kind == "reference" else 100,
        coverage_from=None,
        coverage_to=None,
        code_system=None,
        variables=tuple(variable(name, key, **more) for key, more in columns.items()),
    )


def catalogue(**tables: dict[str, dict[str, Any]]) -> Catalogue:
    """The tables person, lab, stay, visit and code, and any others that are named."""
    events = {"lab": LAB, "stay": STAY, "visit": VISIT, **tables}
    return Catalogue.of(
        (
            entry("person", PERSON, "person"),
            *(entry(name, columns) for name, columns in events.items()),
            entry("code", CODE, "reference"),
        ),
        [],
    )


MANY = {"profile": Profile(missing=0.0, distinct="1,000,001-10,000,000")}


def a_table(
    *variables: str, date_policy: DatePolicy = DatePolicy.REAL, **lab: dict[str, Any]
) -> DeliveredTable:
    """One granted table of the catalogue, columns of ``lab`` as they are given."""
    columns = {name: {**key, **lab.get(name, {})} for name, key in LAB.items()}
    (table,) = minimise(variables, date_policy, catalogue(lab=columns))
    return table


def a_grant(**changes: Any) -> Grant:
    fields: dict[str, Any] = {
        "id": "G7-1",
        "version": 1,
        "request": 7,
        "request_digest": "d" * 64,
        "project": "demo",
        "project_number": 3,
        "question": Question(population=Population(sex="female")),
        "variables": ("person.sex", "lab.date", "lab.code", "lab.value"),
        "window": WINDOW,
        "date_policy": DatePolicy.REAL,
        "formats": ("parquet",),
        "refresh": "once",
        "members": ("rikke",),
        "end": date(2027, 11, 22),
        "catalogue_snapshot": 1,
        "issued": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "issued_by": "mads",
        **changes,
    }
    return Grant(**fields)


_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "person": pa.int64(),
}


def connected(**tables: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """Connect to tables of these rows, with all columns of the catalogue."""
    connection = duckdb.connect()
    for name, rows in tables.items():
        variables = catalogue().table(name).variables
        types = {one.name: _ARROW[one.type] for one in variables}
        others = {key: pa.array([rows[0][key]]).type for key in rows[0]}
        schema = pa.schema({**others, **types})
        connection.register("arriving", pa.Table.from_pylist(rows, schema))
        connection.execute(f"CREATE TABLE {name} AS FROM arriving")
        connection.unregister("arriving")
    return connection


def a_cohort(persons: dict[int, date | None]) -> pa.Table:
    """A cohort as its evaluation returns it: persons with their index dates."""
    return pa.table(
        {
            "person": pa.array(persons, pa.int64()),
            "index_date": pa.array(persons.values(), pa.date32()),
        }
    )


def an_extraction(
    connection: duckdb.DuckDBPyConnection,
    persons: dict[int, date | None],
    window: Window = WINDOW,
    *,
    shifted: bool = True,
    csv: bool = False,
) -> Extraction:
    ((spill,),) = connection.execute(
        "SELECT current_setting('temp_directory')"
    ).fetchall()
    return Extraction(
        DuckDb(connection, Path(spill)),
        a_cohort(persons),
        Pseudonyms(KEY, "project-3-epoch-1"),
        window,
        shifted=shifted,
        csv=csv,
    )


def delivered(path: Path) -> list[dict[str, Any]]:
    """Read a delivered file back, with person keys for pseudonyms."""
    reader = Pseudonyms(KEY, "project-3-epoch-1")
    return [
        {**row, "pseudonym": reader.reveal(row["pseudonym"])}
        for row in pq.read_table(path).to_pylist()
    ]
