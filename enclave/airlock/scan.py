"""Look through every column of an upload, and say what was found and where.

What is reported is the column, the rule and the numbers of some rows, never a value.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from enclave.airlock import identifying
from enclave.airlock.disguises import holds_cpr, nine_digits
from enclave.airlock.pairs import pairs
from enclave.airlock.typed_values import is_of_type
from enclave.airlock.uploaded_table import UploadedTable
from enclave.identity import cpr
from enclave.identity.cpr import CprClass
from enclave.projects.forms.own_data import ColumnUse, OwnColumn, OwnDataForm


_SHOWN_ROWS = 5
# A column in which so large a share of the values is something, is that.
_MOST = 0.9
_FEW = 3
_HEADERS = ("cpr", "pnr", "personnummer", "ssn")


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
        rows = ", ".join(map(str, self.examples))
        weight = "" if self.blocks else " (to be looked at)"
        where = f" (row {rows} …)" if rows else ""
        return f"{self.column}: {self.rule}, {self.rows} rows{where}{weight}"


def scan(upload: UploadedTable, form: OwnDataForm) -> list[Finding]:
    """Return everything that speaks against an upload; nothing if it may come in."""
    described = [column.name for column in form.columns]
    if upload.names != described:
        stray = [name for name in upload.names if name not in described]
        missing = [name for name in described if name not in upload.names]
        rule = f"not described: {stray}; described but not there: {missing}"
        return [Finding("(columns)", f"not as described ({rule})", upload.rows, ())]
    findings = [found for column in form.columns for found in _column(upload, column)]
    open_to = [one.name for one in form.columns if one.use is not ColumnUse.CPR]
    together = [
        Finding(f"{first} + {second}", rule, rows, ())
        for first, second, rule, rows in pairs(upload, open_to)
    ]
    return [*findings, *together]


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
