"""A table for SAS: transport files, and the program that loads them."""

from collections.abc import Iterable, Iterator, Mapping

from enclave.delivery.formats.ibm import MEANING
from enclave.delivery.formats.layout import Layout
from enclave.delivery.formats.names import LONG, Names
from enclave.delivery.formats.xpt import Version


PROGRAM = {8: "load.sas", 5: "load.v5.sas"}


def file_name(table: str, version: Version) -> str:
    """Return what a table's transport file is called."""
    return f"{table}.xpt" if version == 8 else f"{table}.v5.xpt"


def program(
    layouts: Iterable[Layout],
    names: Names,
    version: Version,
) -> bytes:
    """Write the SAS program that loads the tables, with labels, lengths and formats."""
    lines = [
        "/* Loads the delivery beside this program. Set the folder, and run it in a",
        "   session whose encoding is UTF-8 (sas -encoding utf8). */",
        "%let folder = .;",
        "options validvarname=v7 compress=no;",
        "",
        "/* Why a number is missing; a plain . says that there is none. */",
        "proc format;",
        "  value why_missing",
        *(f"    .{letter} = {_quoted(words)}" for letter, words in MEANING.items()),
        "  ;",
        "run;",
    ]
    for layout in layouts:
        lines += ["", *_loading(layout, names[layout.name], version)]
    return ("\n".join(lines) + "\n").encode()


def _loading(
    layout: Layout, names: Mapping[str, str], version: Version
) -> Iterator[str]:
    path = _quoted(f"&folder./{file_name(layout.name, version)}", double=True)
    yield f"/* {layout.label.replace('*/', '* /')}: {layout.rows:,} rows */"
    if version == 8:
        yield f"%xpt2loc(libref=work, memlist={names['']}, filespec={path})"
    else:
        yield f"libname arriving xport {path} access=readonly;"
        yield "proc copy in=arriving out=work memtype=data; run;"
        yield "libname arriving clear;"
    yield "proc datasets library=work nolist;"
    yield f"  modify {names['']} (label={_quoted(layout.label)});"
    for field in layout.fields:
        name = names[field.name]
        length = f"${field.width}" if field.kind == "text" else "8"
        yield f"  /* {name}: length {length}{_said(field.described)} */"
        yield f"  label {name} = {_quoted(field.label)};"
        shown = {"date": "e8601da10.", "datetime": "e8601dt26.6"}.get(field.kind)
        if shown:
            yield f"  format {name} {shown};"
    renamed = [
        f"{short}={name}"
        for name, short in names.items()
        if name and name != short and len(name) <= LONG
    ]
    if renamed:
        yield f"  rename {' '.join(renamed)};"
    if names[""] != layout.name and len(layout.name) <= LONG:
        yield f"  change {names['']}={layout.name};"
    yield "quit;"


def _said(described: Mapping[str, object]) -> str:
    known = {
        "code system": described.get("code_system"),
        "unit": described.get("unit"),
        "dates": described.get("precision"),
    }
    return "".join(
        f", {what} {word}".replace("*/", "* /") for what, word in known.items() if word
    )


def _quoted(text: str, *, double: bool = False) -> str:
    # Single quotes keep % and & from the macro processor.
    mark = '"' if double else "'"
    return f"{mark}{text.replace(mark, mark * 2)}{mark}"
