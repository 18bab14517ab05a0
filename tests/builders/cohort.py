"""Small warehouses for questions: rows by hand, and the connection a snapshot gives."""

from datetime import date

import duckdb
import pyarrow as pa


PERSON = pa.schema(
    [
        ("person", pa.int64()),
        ("sex", pa.string()),
        ("birth_date", pa.date32()),
        ("death_date", pa.date32()),
    ]
)
EVENTS = pa.schema(
    [
        ("person", pa.int64()),
        ("table", pa.string()),
        ("code", pa.string()),
        ("code_system", pa.string()),
        ("date", pa.date32()),
        ("end_date", pa.date32()),
        ("value", pa.float64()),
        ("operator", pa.string()),
        ("unit", pa.string()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("source", pa.string()),
        ("contact", pa.string()),
    ]
)


CODE_ANCESTOR = pa.schema(
    [("code", pa.string()), ("code_system", pa.string()), ("ancestor", pa.string())]
)
OBSERVED = pa.schema(
    [("person", pa.int64()), ("from_date", pa.date32()), ("to_date", pa.date32())]
)


def a_person(person, **columns):
    return {
        "person": person,
        "sex": "female",
        "birth_date": date(1970, 1, 1),
        "death_date": None,
        **columns,
    }


def an_event(person, code="DE11", **columns):
    return {
        **dict.fromkeys(EVENTS.names),
        "person": person,
        "table": "diagnosis",
        "code": code,
        "code_system": "SKS",
        "date": date(2020, 1, 1),
        **columns,
    }


def a_snapshot(persons, events, connection=None, ancestors=(), periods=()):
    """Connect to tables of these rows, named and typed as a snapshot's."""
    # More threads cost more than they help with so few rows.
    connection = connection or duckdb.connect(config={"threads": 1})
    for name, rows, schema in (
        ("person", persons, PERSON),
        ("events", events, EVENTS),
        ("code_ancestor", list(ancestors), CODE_ANCESTOR),
        ("observed", list(periods), OBSERVED),
    ):
        connection.register("rows", pa.Table.from_pylist(rows, schema))
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM rows")
        connection.unregister("rows")
    return connection
