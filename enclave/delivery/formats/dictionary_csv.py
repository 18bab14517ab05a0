"""The data dictionary as a table of its own, beside tables that carry no labels."""

from collections.abc import Mapping
from csv import writer
from io import StringIO
from typing import Any


_COLUMNS = (
    "table",
    "column",
    "type",
    "label_en",
    "label_da",
    "unit",
    "code_system",
    "dates",
    "missing",
)


def as_csv(dictionary: Mapping[str, Any], missing: Mapping[str, str]) -> bytes:
    """Write one line for each column of each table.

    Parameters
    ----------
    missing
        For each table, the word that stands for a missing value.
    """
    text = StringIO()
    lines = writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS)
    for table in dictionary["tables"]:
        for column in table["columns"]:
            lines.writerow(
                [
                    table["name"],
                    column["name"],
                    column["type"],
                    column["label"]["en"],
                    column["label"]["da"],
                    column.get("unit"),
                    column.get("code_system"),
                    column.get("precision"),
                    missing[table["name"]],
                ]
            )
    return text.getvalue().encode()
