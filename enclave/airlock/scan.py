"""Look through every column of an upload, and say what was found and where.

What is reported is the column, the rule and the numbers of some rows, never a value.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from enclave.airlock import identifying
from enclave.airlock.disguises import holds_cpr, nine_digits
from enclave.airlock.pairs import pairs
from enclave.airlock.typed_values import is_of_type
from enclave.airlock.uploaded_table import UploadedTable
from enclave.errors import InputError
from enclave.identity import cpr
from enclave.identity.cpr import CprClass
from enclave.projects.forms.own_data import ColumnUse, OwnColumn, OwnDataForm


_SHOWN_ROWS = 5
# A column in which so large a share of the values is something, is that.
_MOST = 0.9
_FEW = 3
_HEADERS = ("cpr", "pnr", "personnummer", "ssn")
_SPREADSHEET = re.compile(r"\s*(?:[=@]|[+-].*[(|!])", re.DOTALL)
_KIND = re.compile(r"[A-Za-z_]")
_NAME = re.compile(r"(?!.*\d{6})[A-Za-z]\w{0,63}")
# What a file may call a type that the description calls otherwise.
_ALIKE = {
    "integer": {"integer", "number"},
    "number": {"integer", "number"},
    "date": {"date", "time"},
    "boolean": {"boolean", "integer"},
}


@dataclass(frozen=True)
class Finding:
    """What was found: in which column, by which rule, in how many rows, and some."""

    column: str
    rule: str
    rows: int
    examples: tuple[int, ...]
    blocks: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    def spoken(self) -> str:
        """Return it as a line for people."""
        weight = "" if self.blocks else " (to be looked at)"
        if not self.rows:
            return f"{self.column}: {self.rule}{weight}"
        rows = ", ".join(map(str, self.examples))
        where = f" (row {rows} …)" if rows else ""
        return f"{self.column}: {self.rule}, {self.rows} rows{where}{weight}"


def of_file(error: InputError) -> Finding:
    """Return that a file cannot be read, and why."""
    return Finding("(file)", str(error), 0, ())


def scan(
    upload: UploadedTable, form: OwnDataForm, declared: Mapping[str, str] | None = None
) -> list[Finding]:
    """Return everything that speaks against an upload; nothing if it may come in.

    ``declared`` says which types the file itself gave its columns, if it did.
    """
    described = [column.name for column in form.columns]
    if upload.names != described:
        stray = [_shown(name) for name in upload.names if name not in described]
        missing = [name for name in described if name not in upload.names]
        rule = f"not described: {stray}; described but not there: {missing}"
        return [Finding("(columns)", f"not as described ({rule})", upload.rows, ())]
    findings = [found for column in form.columns for found in _column(upload, column)]
    open_to = [one.name for one in form.columns if one.use is not ColumnUse.CPR]
    together = [
        Finding(f"{first} + {second}", rule, rows, ())
        for first, second, rule, rows in pairs(upload, open_to)
    ]
    beside = [
        found
        for column in form.columns
        for found in (*_kinds(upload, column), *_types(column, declared or {}))
    ]
    return [*findings, *together, *beside]


def _shown(name: str) -> str:
    """Return a name as it may be shown: where names are missing, it is a value."""
    plain = _NAME.fullmatch(name) and not identifying.is_one_name(name)
    return name if plain else "…"


def _types(column: OwnColumn, declared: Mapping[str, str]) -> Iterator[Finding]:
    given = declared.get(column.name, "")
    if given and given not in _ALIKE.get(column.type, {given}):
        rule = f"{given} in the file, and {column.type} in the description"
        yield Finding(column.name, rule, 0, (), blocks=False)


def _kinds(upload: UploadedTable, column: OwnColumn) -> Iterator[Finding]:
    kinds = upload.kinds_of(column.name)
    if kinds is None:
        return
    found = [*upload.values(kinds)]
    strange = [one for one in found if not _KIND.fullmatch(one[0])]
    beside = [*upload.values(column.name, kinds)]
    for rule, hits in ((_NO_KIND, strange), (_NOT_MISSING, beside)):
        if hits:
            yield _finding(kinds, rule, [(one[-2], one[-1]) for one in hits])
    yield Finding(kinds, _KINDS, sum(one[1] for one in found), (), blocks=False)


def _finding(column: str, rule: str, hits: list[tuple[int, int]]) -> Finding:
    examples = tuple(row for _, row in hits[:_SHOWN_ROWS])
    return Finding(column, rule, sum(often for often, _ in hits), examples)


def _column(upload: UploadedTable, column: OwnColumn) -> Iterator[Finding]:
    hits: dict[str, list[tuple[int, int]]] = {}
    total = 0
    for value, often, row in upload.values(column.name):
        total += often
        for rule in _rules_of(value, column):
            hits.setdefault(rule, []).append((often, row))
    for rule, found in hits.items():
        rows = sum(often for often, _ in found)
        examples = tuple(row for _, row in found[:_SHOWN_ROWS])
        if rule in _SHARES and rows < max(_FEW, _MOST * total):
            continue
        blocks = rule != _BARE or rows >= _FEW or _named_so(column.name)
        yield Finding(column.name, rule, rows, examples, blocks=blocks)


_NO_KIND = "not the kind of a missing value, which is one letter"
_NOT_MISSING = "the kind of a missing value, beside a value that is there"
_KINDS = "why values are missing, in a column of its own beside what is described"
_BARE = "ten digits that may be a CPR number"
_LOST = "CPR numbers without their leading zero"
_ONE_NAME = "names"
_SHARES = {_LOST, _ONE_NAME}


def _rules_of(value: str, column: OwnColumn) -> Iterator[str]:
    if column.use is ColumnUse.CPR:
        if cpr.classify(value) is CprClass.INVALID:
            yield "not a CPR number, though the column is described as one"
        return
    yield from _numbers_in(value)
    if identifying.is_one_name(value):
        yield _ONE_NAME
    for rule, test in identifying.RULES.items():
        explained = rule == "free text" and column.use is ColumnUse.FREE_TEXT
        if not explained and test(value):
            yield rule
    if _SPREADSHEET.match(value) and not is_of_type(value, "number"):
        yield "text that a spreadsheet takes for a formula"
    if not is_of_type(value, column.type):
        yield f"not of the described type {column.type}"


def _numbers_in(value: str) -> Iterator[str]:
    found, sure = holds_cpr(value)
    if found:
        yield "CPR number" if sure else _BARE
    if nine_digits(value):
        yield _LOST


def _named_so(name: str) -> bool:
    return any(word in name.lower() for word in _HEADERS)
