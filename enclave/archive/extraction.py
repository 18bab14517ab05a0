"""What an executed analysis shows, taken out of it: numbers, tables, pictures.

A reader who looks for *the number in the paper* finds it here by cell, without a tool
that can show notebooks.
"""

from typing import Any

from enclave.archive.comparison.images import picture_digest
from enclave.archive.comparison.markup import tables
from enclave.archive.comparison.outputs import as_text, results, streams
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.tags import Wish, wish_of
from enclave.archive.comparison.tokens import numbers
from enclave.archive.notebook import Cell, Notebook, Output


_LARGEST_IMAGE = Policy().largest_image


def extract(notebook: Notebook) -> list[dict[str, Any]]:
    """Return one record per output, in the order of the cells, which count from 1."""
    return [
        {"cell": number, **record}
        for number, cell in enumerate(notebook.cells, 1)
        for record in _records(cell)
    ]


def comparable(notebook: Notebook) -> bool:
    """Tell whether a re-run would have anything to be compared with."""
    return any(
        cell.outputs and wish_of(cell) is Wish.COMPARE for cell in notebook.cells
    )


def _records(cell: Cell) -> list[dict[str, Any]]:
    printed = [
        {"kind": name, "numbers": numbers(text)} for name, text in streams(cell).items()
    ]
    return printed + [_record(output) for output in results(cell)]


def _record(output: Output) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": ", ".join(sorted(output.data)) or "error"}
    for mime, value in sorted(output.data.items()):
        if mime == "text/plain":
            record["numbers"] = numbers(as_text(value))
        elif mime == "text/html":
            record["tables"] = tables(as_text(value))
        elif mime.startswith("image/"):
            digest = picture_digest(as_text(value), largest=_LARGEST_IMAGE)
            record.setdefault("pictures", {})[mime] = digest
    return record
