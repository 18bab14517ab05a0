"""Code lists as CSV files, the way people keep them in spreadsheets.

The columns are ``code``, ``use`` (include or exclude), ``descendants`` (yes or no) and
``label``; only the first is needed. A file is read whole or refused whole.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from enclave.cohort.code_lists.entries import MOST_ENTRIES, ListEntry
from enclave.errors import InputError
from enclave.identity import cpr


COLUMNS = ("code", "use", "descendants", "label")
MOST_BYTES = 2_000_000

# A spreadsheet runs what begins so, and these lists travel as CSV files.
_FORMULA = tuple("=+-@")

_USES = {"": False, "include": False, "exclude": True}
_YES_OR_NO = {
    **dict.fromkeys(("yes", "ja", "true", "1"), "prefix"),
    **dict.fromkeys(("", "no", "nej", "false", "0"), "exact"),
}


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row; the row of the headings is row 1."""

    row: int
    message: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}."


class CodeListFileError(InputError):
    """A file that is no code list, with every problem found. It repeats no cell."""

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n  ".join(
                ["Nothing of the code list was imported:", *map(str, self.problems)]
            )
        )


def read(content: bytes) -> tuple[ListEntry, ...]:
    """Read the entries of a CSV file in UTF-8, with commas or semicolons.

    Raises
    ------
    CodeListFileError
        Naming every row that cannot be used, and why.
    """
    rows = list(_rows(_text(content)))
    problems: list[RowProblem] = []
    entries: dict[int, ListEntry] = {}
    for number, row in rows:
        try:
            entries[number] = _entry(row)
        except ValidationError as error:
            columns = {str(one["loc"][0]): None for one in error.errors()}
            problems += [RowProblem(number, f"{one} is too long") for one in columns]
        except ValueError as error:
            problems.append(RowProblem(number, str(error)))
    problems += _doubles(entries)
    if entries and all(entry.exclude for entry in entries.values()):
        problems.append(RowProblem(1, "every row excludes: include at least one code"))
    if not rows:
        problems.append(RowProblem(2, "is missing: give at least one code"))
    if problems:
        raise CodeListFileError(sorted(problems, key=lambda one: one.row))
    return tuple(entries.values())


def write(entries: Iterable[ListEntry]) -> str:
    """Write entries as the CSV that :func:`read` takes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(
            (
                entry.code,
                "exclude" if entry.exclude else "include",
                "yes" if entry.match == "prefix" else "no",
                entry.label,
            )
        )
    return text.getvalue()


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise CodeListFileError(
            [RowProblem(1, f"the file is larger than {MOST_BYTES:,} bytes: split it")]
        )
    try:
        # Spreadsheets put a byte order mark before the first heading.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CodeListFileError(
            [RowProblem(1, "the file is not UTF-8: save it as CSV UTF-8")]
        ) from None


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows that are not empty, by their numbers in a spreadsheet."""
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise CodeListFileError(
            [RowProblem(1, "the file is not CSV: save it as CSV UTF-8")]
        ) from None
    headings = _headings(lines[0] if lines else [])
    if len(lines) - 1 > MOST_ENTRIES:
        raise CodeListFileError(
            [RowProblem(MOST_ENTRIES + 2, f"a list has at most {MOST_ENTRIES:,} rows")]
        )
    for number, line in enumerate(lines[1:], start=2):
        cells = [cell.strip() for cell in line]
        if any(cells[len(headings) :]):
            raise CodeListFileError(
                [RowProblem(number, "has more cells than there are headings")]
            )
        if any(cells):
            filled = [*cells, *[""] * len(headings)]
            yield number, dict(zip(headings, filled, strict=False))


def _headings(line: list[str]) -> list[str]:
    headings = [cell.strip().lower() for cell in line]
    stray = [name for name in headings if name not in COLUMNS]
    if "code" not in headings or stray or len(set(headings)) < len(headings):
        raise CodeListFileError(
            [
                RowProblem(
                    1,
                    "the headings must be code, and if you like use, descendants and"
                    " label, each once and no others",
                )
            ]
        )
    return headings


def _entry(row: Mapping[str, str]) -> ListEntry:
    """Return a row's entry, or raise with what is wrong in words."""
    use = row.get("use", "").lower()
    descendants = row.get("descendants", "").lower()
    if use not in _USES:
        raise ValueError("use must be include or exclude")
    if descendants not in _YES_OR_NO:
        raise ValueError("descendants must be yes or no")
    if not row["code"]:
        raise ValueError("code is empty")
    # Long codes of other systems look like CPR numbers by chance; labels do not.
    in_code = any(found.certain for found in cpr.find(row["code"]))
    if in_code or any(cpr.find(row.get("label", ""))):
        raise ValueError("holds what looks like a CPR number: code lists name nobody")
    for column in ("code", "label"):
        _check_text(column, row.get(column, ""))
    return ListEntry.model_validate(
        {
            "code": row["code"],
            "match": _YES_OR_NO[descendants],
            "exclude": _USES[use],
            "label": row.get("label", ""),
        }
    )


def _check_text(column: str, text: str) -> None:
    if text.startswith(_FORMULA):
        raise ValueError(
            f"{column} begins with = + - or @, which a spreadsheet takes for a"
            " formula: leave the sign out"
        )
    if not text.isprintable():
        raise ValueError(f"{column} holds characters that cannot be seen: remove them")


def _doubles(entries: Mapping[int, ListEntry]) -> Iterator[RowProblem]:
    first: dict[tuple[str, str], int] = {}
    for number, entry in entries.items():
        earlier = first.setdefault((entry.code, entry.match), number)
        if earlier != number:
            yield RowProblem(
                number, f"has the code of row {earlier} again: keep one of them"
            )
