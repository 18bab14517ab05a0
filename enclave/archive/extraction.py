"""What an executed analysis shows, taken out of it: numbers, tables, pictures.

A reader who looks for *the number in the paper* finds it here by cell, without a tool
that can show notebooks.
"""

from pathlib import Path
from typing import Any

from enclave.archive.analysis.plan import Plan
from enclave.archive.comparison.images import picture_digest
from enclave.archive.comparison.markup import tables
from enclave.archive.comparison.outputs import as_text, results, streams
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.tags import Wish, wish_of
from enclave.archive.comparison.tokens import numbers
from enclave.archive.notebook import Cell, Notebook, Output, read
from enclave.archive.work_folder import files_in
from enclave.canonical import file_digest


_LARGEST_IMAGE = Policy().largest_image


def extract(notebook: Notebook) -> list[dict[str, Any]]:
    """Return one record per output, in the order of the cells, which count from 1."""
    return [
        {"cell": number, **record}
        for number, cell in enumerate(notebook.cells, 1)
        for record in _records(cell)
    ]


def extracted(plan: Plan, results: Path) -> list[dict[str, Any]]:
    """Return what every step of every run shows, and which files it wrote.

    ``part`` names the step and the run where there are several.
    """
    found = []
    for number, _ in enumerate(plan.runs, start=1):
        for step in plan.steps:
            shown = extract(read(results / plan.executed(number, step)))
            part = plan.part(number, step)
            found += [{"part": part, **one} if part else one for one in shown]
        part = plan.part(number)
        for name, path in written(plan, number, results).items():
            one = {"file": name, "sha256": file_digest(path)}
            found.append({"part": part, **one} if part else one)
    return found


def written(plan: Plan, run: int, results: Path) -> dict[str, Path]:
    """Return the files that a run wrote, by name."""
    folder = results / plan.files(run)
    return files_in(folder) if folder.is_dir() else {}


def anything_comparable(plan: Plan, results: Path) -> bool:
    """Tell whether a re-run of an analysis would have anything to be compared with."""
    return any(
        written(plan, number, results)
        or any(
            comparable(read(results / plan.executed(number, step)))
            for step in plan.steps
        )
        for number, _ in enumerate(plan.runs, start=1)
    )


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
