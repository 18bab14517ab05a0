"""How a delivery looks in a notebook: text for a console, HTML for a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Sequence


def dictionary_row(column: dict[str, Any], described: dict[str, Any]) -> dict[str, str]:
    """Return what the dictionary says of a column, one word for each heading."""
    label = str(described.get("label", {}).get("en", ""))
    precision = str(described.get("precision_label", {}).get("en", ""))
    return {
        "column": str(column["name"]),
        "type": str(described.get("type", column["type"])),
        "label": f"{label} ({precision})" if precision else label,
        "unit": str(described.get("unit", "")),
        "codes": str(described.get("code_system", "")),
    }


def column_line(row: dict[str, str]) -> str:
    """Return one line of text about a column."""
    more = ", ".join(part for part in (row["unit"], row["codes"]) if part)
    said = f"  {row['column']:<16} {row['type']:<9} {row['label']}"
    return f"{said} [{more}]" if more else said


def html(title: str, said: str, rows: Sequence[dict[str, str]], use: str) -> str:
    """Return a heading, a sentence, a table of rows, and how to go on."""
    names = list(rows[0]) if rows else []
    head = "".join(
        f'<th style="text-align: left">{escape(name)}</th>' for name in names
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align: left">{escape(row[name])}</td>' for name in names
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<strong>{escape(title)}</strong><br>{escape(said)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<code>{escape(use)}</code>"
    )
