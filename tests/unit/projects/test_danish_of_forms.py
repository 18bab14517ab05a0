"""What is wrong with a form is said in Danish, and the field by its label."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from enclave.phrasebook import GAP
from enclave.projects.forms.danish import PHRASES, in_danish
from enclave.projects.forms.naming import spoken
from enclave.projects.forms.reading import _PLAIN


ROOT = Path(__file__).parents[3]
ROOMS = ROOT / "enclave" / "projects"
# Which argument of what is the sentence.
SAID_AT = {"Problem": 1, "Finding": 1, "ValueError": 0, "FormError": 0}
# What is no rule of a form: a mistake of ours, never shown to a person.
OURS = {"no transition asks for evidence {}"}


def _sentence(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        fixed = (getattr(part, "value", None) for part in node.values)
        return "".join(part if isinstance(part, str) else GAP for part in fixed)
    return None


def _said(module: Path) -> Iterator[str]:
    """The sentences with which the rules of a module find fault."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            place = SAID_AT.get(name)
            if place is not None and len(node.args) > place:
                yield _sentence(node.args[place]) or ""
        if (
            isinstance(node, ast.Return)
            and module.name == "approvals.py"
            and node.value
        ):
            text = _sentence(node.value) or ""
            yield text if ": " in text else ""


def test_every_rule_of_a_form_is_said_in_danish():
    plain = {re.sub(r"{\w+}", GAP, text) for text in _PLAIN.values()}
    found = {text for module in ROOMS.rglob("*.py") for text in _said(module)}
    found |= plain - {GAP}

    assert len(found) > 60
    assert found - {""} - OURS - set(PHRASES.sentences) == set()


def test_each_language_has_the_same_values():
    for english, danish in PHRASES.sentences.items():
        assert english.count(GAP) == danish.count(GAP), english


@pytest.mark.parametrize(
    ("english", "danish"),
    [
        (
            "names lab.value twice: keep it once",
            "nævner lab.value to gange: behold den én gang",
        ),
        (
            "rikke, anne is not a member of demo: only members may use its data",
            "rikke, anne er ikke medlem af demo: kun medlemmer må bruge dets data",
        ),
        ("is too long: at most 200 characters", "er for langt: højst 200 tegn"),
        ("nobody ever said this", "nobody ever said this"),
    ],
)
def test_a_sentence_keeps_its_values(english, danish):
    assert in_danish(english) == danish


@pytest.mark.parametrize(
    ("kind", "path", "english", "danish"),
    [
        (
            "proposal",
            "approvals[0].document",
            "Approvals 1, Document",
            "Godkendelser 1, Dokument",
        ),
        (
            "proposal",
            "group[2].email",
            "Project group 3, E-mail",
            "Projektgruppe 3, E-mail",
        ),
        (
            "data_request",
            "window.start",
            "Period of the data, From",
            "Dataperiode, Fra",
        ),
        ("data_request", "form", "form", "form"),
        (
            "data_request",
            "justifications.lab.value",
            "Why each variable is needed, lab.value",
            "Hvorfor hver variabel er nødvendig, lab.value",
        ),
    ],
)
def test_a_field_is_called_by_its_label(kind, path, english, danish):
    assert spoken(kind, path, "en") == english
    assert spoken(kind, path, "da") == danish


def test_a_kind_of_application_has_one_name_in_danish():
    """A data request is a *dataanmodning* in headings and notices, so everywhere."""
    told = [
        path
        for folder in ("enclave", "hub_config")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".yaml", ".html", ".py"}
    ]

    assert any(path.name == "danish.yaml" for path in told)
    assert [path for path in told if "dataansøgning" in path.read_text().lower()] == []
