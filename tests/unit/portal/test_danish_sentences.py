"""Sentences of the code that pages show have Danish ones."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from enclave.airlock import identifying
from enclave.phrasebook import GAP
from enclave.projects.forms.danish import PHRASES, in_danish


ROOMS = Path(__file__).parents[3] / "enclave"


# What stands in a gap, where it is always the same or one of few.
KNOWN = {
    "what": "user agreement",
    "what.capitalize()": "User agreement",
    "found.state": "suspended",
}


def _text(node: ast.AST) -> str:
    """The sentence of a string, with a gap for each value; empty if it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(
        KNOWN.get(ast.unparse(part.value), GAP)
        if isinstance(part, ast.FormattedValue)
        else _text(part)
        for part in node.values
    )


def _said(function: ast.FunctionDef) -> set[str]:
    found = ast.walk(function)
    values = (one.value for one in found if isinstance(one, ast.Return | ast.Yield))
    return {_text(value) for value in values if value} - {""}


def _functions(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.walk(ast.parse((ROOMS / file).read_text()))
    return {one.name: one for one in tree if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize(
    "file", ["agreement/accepting.py", "training/attempts.py", "institutions.py"]
)
def test_whoever_may_not_work_reads_why_in_danish(file):
    functions = _functions(f"projects/{file}")
    said = _said(functions["why_not"])
    if "_unknown" in functions:
        said |= _said(functions["_unknown"])

    assert len(said) >= 2
    said |= {one.replace("suspended", "ended") for one in said}
    assert {one for one in said if in_danish(one) == one} == set()


def test_every_rule_of_the_scan_is_named_in_danish():
    scan = _functions("airlock/scan.py")
    rules = set(chain(identifying.RULES, *map(_said, scan.values())))
    rules |= {"CPR number", "a CPR number cut in two", "coordinates", "names"}

    spoken = f"{GAP}: {GAP}, {GAP} rows{GAP}{GAP}"  # a line of the command, no rule
    assert rules - {GAP, spoken} - set(PHRASES.sentences) == set()
