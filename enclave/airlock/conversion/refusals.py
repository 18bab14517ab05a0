"""Why a file cannot be read: a closed list, for what names a reason is not trusted."""

from enclave.errors import HostError, InputError


UNFINISHED = "unfinished"
IMPLAUSIBLE = "implausible"
TOO_LARGE = "too_large"
DAMAGED = "damaged"
HOST = "host"
"""What a sandbox says when the machine is to blame: no reason to refuse a file."""

REASONS = {
    UNFINISHED: (
        "The file could not be read with the memory and the time there is for it: leave"
        " columns or rows out, or send it as CSV."
    ),
    IMPLAUSIBLE: (
        "What was read of the file does not fit together, so nothing of it was kept:"
        " save it anew from the program that made it, or send it as CSV."
    ),
    TOO_LARGE: (
        "The file holds more than is taken in (4 GiB as text, 2 MiB in a row, 50"
        " million rows, 200 million cells, 1,000 columns): leave columns or rows out,"
        " or talk to a data manager."
    ),
    DAMAGED: (
        "The file is damaged or cut off: save it anew from the program that made it,"
        " and send that."
    ),
    "unknown": (
        "The file is neither CSV, Parquet, an Excel workbook (.xlsx), nor of SAS, Stata"
        " or SPSS: save it as one of these."
    ),
    "csv": (
        "The file is no CSV that can be read whole: save it in UTF-8 with a line of"
        " names, commas between columns, and quotes where needed."
    ),
    "one_column": (
        "The file has one column only: a CSV needs commas between its columns, and a"
        " table a key beside its values."
    ),
    "names": (
        "The file names a column twice, not at all, or with a quote or a line break:"
        " give each column a plain name of its own."
    ),
    "nested": (
        "A column holds lists, bytes or other things that are no text, number, date or"
        " boolean: leave it out, or make it plain."
    ),
    "nul": (
        "A text holds a NUL character, which no text has: remove it from the data, and"
        " send the file anew."
    ),
    "dates": (
        "A day or a moment is one that no calendar has, as a number too large: mend it,"
        " and send the file anew."
    ),
    "part_of_day": (
        "A column that shows days holds a part of a day beside some, which would be"
        " lost: round it to whole days, or give it a format that shows the time."
    ),
    "leap_seconds": (
        "A column counts leap seconds (Stata's %tC), which no other program does: make"
        " it a %tc with cofC(), and send the file anew."
    ),
    "formulas": (
        "The workbook holds formulas, errors or dates that do not exist: paste the"
        " cells as values, and send the file anew."
    ),
    "sheets": (
        "The workbook has more than one sheet with rows, or none, or rows longer than"
        " its line of names: keep one table in one sheet."
    ),
    "old_excel": (
        "The file is an old Excel workbook (.xls) or has a password: save it as .xlsx"
        " without one."
    ),
}


def refusal(reason: str) -> InputError:
    """Return the error that says a reason; an unknown one is not repeated."""
    return InputError(REASONS.get(reason, REASONS[IMPLAUSIBLE]))


def fault_of_the_host(what: str) -> HostError:
    """Return the error that blames the machine: the file is kept, and read again."""
    return HostError(
        f"This machine could not read the file ({what}), which was kept: it is read"
        " again by itself, or have it looked through again once an operator has mended"
        " that."
    )
