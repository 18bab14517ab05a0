"""Reading texts as numbers, dates and truth values, in SQL: right, or NULL."""

from enclave.warehouse.column import Column
from enclave.warehouse.sql import literal, literals


# The types of the warehouse, in DuckDB's words. Other persons become person keys.
SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "person": "BIGINT",
}

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_WHOLE = r"[+-]?\d+(\.0*)?"
REPLY = rf"^\s*([<>]=?|=)?\s*({NUMBER})\s*$"
_ISO = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
)
_EXACT_IN_A_FLOAT = 2**53


def typed(text: str, column: Column) -> str:
    """Return SQL that reads a text as the column's type, or gives NULL."""
    match column.type:
        case "integer":
            return whole(text)
        case "number":
            return _number(text, column)
        case "date" | "datetime":
            formats = literals(column.formats or _ISO)
            read = f"try_strptime({text}, [{formats}])"
            return f"CAST({read} AS {SQL_TYPES[column.type]})"
        case "boolean":
            return (
                f"CASE WHEN lower({text}) IN ('true', 't', '1') THEN true"
                f" WHEN lower({text}) IN ('false', 'f', '0') THEN false END"
            )
        case _:
            return text


def whole(text: str) -> str:
    """Return SQL that reads a text as a whole number, also 4.0 and R's 1e+05."""
    matches = f"regexp_full_match({text}, {literal(_WHOLE)})"
    scientific = f"regexp_full_match({text}, {literal(NUMBER)})"
    digits = f"TRY_CAST(regexp_extract({text}, '^[+-]?[0-9]+') AS BIGINT)"
    number = f"TRY_CAST({text} AS DOUBLE)"
    exact = f"abs({number}) < {_EXACT_IN_A_FLOAT} AND {number} = floor({number})"
    return (
        f"CASE WHEN {matches} THEN {digits}"
        f" WHEN {scientific} AND {exact} THEN TRY_CAST({number} AS BIGINT) END"
    )


def _number(text: str, column: Column) -> str:
    pointed = f"replace({text}, ',', '.')" if column.decimal == "," else text
    matches = f"regexp_full_match({pointed}, {literal(NUMBER)})"
    return f"CASE WHEN {matches} THEN TRY_CAST({pointed} AS DOUBLE) END"
