"""The table ``code``: every code there is a label for, and every code that is used."""

from pathlib import Path

import duckdb
import pyarrow as pa

from enclave.warehouse.checking import Checked
from enclave.warehouse.column import Column
from enclave.warehouse.content import rows_of
from enclave.warehouse.mapping import CODE_COLUMNS, Mapping, TableMapping
from enclave.warehouse.profiling import TableDescription
from enclave.warehouse.sql import identifier, literal
from enclave.warehouse.vocabulary import Label


# A code of fewer persons is not listed unless somebody published it in a code list:
# that it is there at all would tell about them.
_FEWEST_PERSONS = 5

_LABELS = {
    "code": Label(en="Code", da="Kode"),
    "code_system": Label(en="Code system", da="Kodesystem"),
    "label_en": Label(en="Label in English", da="Engelsk tekst"),
    "label_da": Label(en="Label in Danish", da="Dansk tekst"),
    "parent": Label(en="Code above it", da="Overordnet kode"),
}
DESCRIPTION = TableDescription(
    name="code",
    kind="reference",
    label=Label(en="Codes", da="Koder"),
    columns=tuple(
        Column(name=name, label=_LABELS[name], source=(name,)) for name in CODE_COLUMNS
    ),
)


def write_codes(
    engine: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    tables: dict[str, Checked],
    file: Path,
) -> None:
    """Write the table ``code``, one row for each code and code above it.

    Parameters
    ----------
    tables
        The checked tables of the load; one of them may be the source's own codes.
    file
        Where the rows go.
    """
    engine.register("explained", _explained(mapping))
    names = ", ".join(CODE_COLUMNS)
    known = f"FROM explained SELECT {names}"
    if "code" in tables:
        of_source = {column.name for column in mapping.columns("code")}
        selected = ", ".join(
            name if name in of_source else f"CAST(NULL AS VARCHAR) AS {name}"
            for name in CODE_COLUMNS
        )
        known += f" UNION FROM {rows_of([tables['code'].rows])} SELECT {selected}"
    used = [
        _used(part, tables[part.name].rows)
        for part in {part.name: part for part in mapping.tables}.values()
        if part.name in tables
        and "code" in part.columns_by_role()
        and part.kind == "event"
    ]
    in_use = " UNION ".join(used) or "FROM known SELECT code, code_system"
    engine.execute(f"CREATE TEMP TABLE known AS {known}")
    engine.execute(
        f"COPY (FROM known UNION ALL FROM ({in_use}) AS used ANTI JOIN known"
        " USING (code, code_system) SELECT code, code_system, NULL, NULL, NULL"
        f" ORDER BY ALL) TO {literal(str(file))} (FORMAT parquet)"
    )
    engine.execute("DROP TABLE known")
    engine.unregister("explained")


def _used(part: TableMapping, rows: Path) -> str:
    roles = part.columns_by_role()
    code = identifier(roles["code"].name)
    system = literal(roles["code"].code_system or "")
    if "code_system" in roles:
        system = identifier(roles["code_system"].name)
    return (
        f"FROM {rows_of([rows])} SELECT {code} AS code, {system} AS code_system"
        f" WHERE {code} IS NOT NULL GROUP BY ALL"
        f" HAVING count(DISTINCT person) >= {_FEWEST_PERSONS}"
    )


def _explained(mapping: Mapping) -> object:
    rows = [
        {
            "code": each.code,
            "code_system": each.system,
            "label_en": each.label.en,
            "label_da": each.label.da,
            "parent": each.parent,
        }
        for each in mapping.codes
    ]
    schema = pa.schema([(name, pa.string()) for name in CODE_COLUMNS])
    return pa.Table.from_pylist(rows, schema=schema)
