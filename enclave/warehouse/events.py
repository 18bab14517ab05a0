"""The views ``events`` and ``observed``: many tables in one shape."""

from enclave.warehouse.catalogue import TableEntry
from enclave.warehouse.sql import identifier, literal
from enclave.warehouse.vocabulary import Role


# Column of the view, its type, and the role it comes from.
COLUMNS: tuple[tuple[str, str, Role], ...] = (
    ("date", "DATE", "date"),
    ("end_date", "DATE", "end"),
    ("value", "DOUBLE", "value"),
    ("operator", "VARCHAR", "operator"),
    ("unit", "VARCHAR", "unit"),
    ("low", "DOUBLE", "low"),
    ("high", "DOUBLE", "high"),
    ("source", "VARCHAR", "source"),
    ("contact", "VARCHAR", "contact"),
)


def events_view(tables: tuple[TableEntry, ...]) -> str:
    """Return the SQL that makes the view over the views of the tables.

    A table is in it if its events have a code and a date, a row if it has both.
    """
    coded = [
        table
        for table in tables
        if table.kind == "event" and table.role("code") and table.role("date")
    ]
    parts = [_part(table) for table in coded] or [_nothing()]
    return f"CREATE VIEW events AS {' UNION ALL '.join(parts)}"


def observed_view(tables: tuple[TableEntry, ...]) -> str:
    """Return the SQL that makes the view ``observed``: who was followed, when.

    A table is in it if its rows last from one date to another.
    """
    parts = [
        f"FROM {identifier(table.name)} SELECT person,"
        f" CAST({identifier(start.name)} AS DATE) AS from_date,"
        f" CAST({identifier(end.name)} AS DATE) AS to_date"
        for table in tables
        if (start := table.role("from")) and (end := table.role("to"))
    ]
    nobody = (
        "SELECT CAST(NULL AS BIGINT) AS person, CAST(NULL AS DATE) AS from_date,"
        " CAST(NULL AS DATE) AS to_date WHERE false"
    )
    return f"CREATE VIEW observed AS {' UNION ALL '.join(parts or [nobody])}"


def _part(table: TableEntry) -> str:
    code = table.role("code")
    name = identifier(code.name) if code else "NULL"
    selected = [
        "person",
        f'{literal(table.name)} AS "table"',
        f"CAST({name} AS VARCHAR) AS code",
        f"{_code_system(table)} AS code_system",
    ]
    for column, kind, role in COLUMNS:
        selected.append(
            f"CAST({_value(table, role)} AS {kind}) AS {identifier(column)}"
        )
    return (
        f"FROM {identifier(table.name)} SELECT {', '.join(selected)}"
        f" WHERE {name} IS NOT NULL"
    )


def _value(table: TableEntry, role: Role) -> str:
    variable = table.role(role)
    if variable is not None:
        return identifier(variable.name)
    measured = table.role("value")
    if role == "unit" and measured is not None and measured.unit is not None:
        return literal(measured.unit)
    return "NULL"


def _code_system(table: TableEntry) -> str:
    variable = table.role("code_system")
    if variable is not None:
        return f"CAST({identifier(variable.name)} AS VARCHAR)"
    return literal(table.code_system) if table.code_system else "CAST(NULL AS VARCHAR)"


def _nothing() -> str:
    empty = "".join(
        f", CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind, _ in COLUMNS
    )
    return (
        'SELECT CAST(NULL AS BIGINT) AS person, CAST(NULL AS VARCHAR) AS "table",'
        " CAST(NULL AS VARCHAR) AS code, CAST(NULL AS VARCHAR) AS code_system"
        f"{empty} WHERE false"
    )
