"""Shorter names, where a program allows fewer letters than the warehouse does."""

from collections.abc import Iterable, Mapping
from csv import writer
from io import StringIO

from enclave.delivery.formats.layout import Layout


# SAS transport 5; and everything else of SAS and Stata.
SHORT, LONG = 8, 32

# Each table's names: of its columns, and its own under "".
Names = Mapping[str, Mapping[str, str]]


def names_for(tables: Iterable[Layout], width: int) -> Names:
    """Give each table and column a name of at most so many letters.

    Longer ones are cut and numbered, so that no two are alike.
    """
    layouts = list(tables)
    own = _distinct([layout.name for layout in layouts], width)
    return {
        layout.name: {
            "": own[layout.name],
            **_distinct([field.name for field in layout.fields], width),
        }
        for layout in layouts
    }


def name_map(names: Names) -> bytes | None:
    """Write down which name became which, as CSV; nothing if all stayed as they are."""
    changed = [
        [table, column, columns[""], short]
        for table, columns in names.items()
        for column, short in columns.items()
        if column != short and (column or table != short)
    ]
    if not changed:
        return None
    text = StringIO()
    lines = writer(text, lineterminator="\n")
    lines.writerow(["table", "column", "short_table", "short_column"])
    lines.writerows(changed)
    return text.getvalue().encode()


def _distinct(names: list[str], width: int) -> dict[str, str]:
    found: dict[str, str] = {}
    taken = {name for name in names if len(name) <= width}
    for name in names:
        short, number = name, 0
        while len(short) > width or (short != name and short in taken):
            number += 1
            short = name[: width - len(str(number))] + str(number)
        taken.add(short)
        found[name] = short
    return found
