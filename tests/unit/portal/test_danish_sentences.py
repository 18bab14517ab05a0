"""Sentences of the code that pages show have Danish ones."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from enclave.airlock import identifying
from enclave.airlock import scan as scan_rules
from enclave.phrasebook import GAP, Phrasebook
from enclave.portal import danish as portal_danish
from enclave.projects.forms.danish import PHRASES, in_danish
from tests.builders.sentences import text_of


ROOMS = Path(__file__).parents[3] / "enclave"


# What stands in a gap, where it is always the same or one of few.
KNOWN = {
    "what": "user agreement",
    "what.capitalize()": "User agreement",
    "found.state": "suspended",
}


def _said(function: ast.FunctionDef) -> set[str]:
    found = ast.walk(function)
    values = (one.value for one in found if isinstance(one, ast.Return | ast.Yield))
    return {text_of(value, KNOWN) for value in values if value} - {""}


def _functions(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.walk(ast.parse((ROOMS / file).read_text()))
    return {one.name: one for one in tree if isinstance(one, ast.FunctionDef)}


REFUSALS = {
    "HTTPException",
    "InputError",
    "NotFoundError",
    "PolicyRefusal",
    "StateConflict",
}
# Only commands say these, or kernels: a page shows none of them.
COMMANDS = {"mail.py", "opt_outs.py", "people.py", "renewal.py", "admission.py"}


def _refusals(room: str, kinds: set[str] = REFUSALS) -> set[str]:
    files = [one for one in (ROOMS / room).rglob("*.py") if one.name not in COMMANDS]
    calls = [
        node
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds
    ]
    return {text_of(one, KNOWN) for call in calls for one in call.args} - {"", GAP}


def test_why_something_was_not_done_is_said_in_danish():
    said = {
        one for room in ("projects", "airlock/attachments") for one in _refusals(room)
    }
    said = {one.replace("suspended", GAP) for one in said} - {
        "The agreement is there in {}."  # a mistake of a program
    }

    assert len(said) > 60
    assert said - set(PHRASES.sentences) == set()


def test_what_is_said_of_cpr_extracts_is_said_in_danish():
    room, known = "delivery/cpr_extract", Phrasebook("enclave.delivery.cpr_extract")
    said = _refusals(room, REFUSALS | {"IntegrityError", "HostError"})
    for rules in _functions(f"{room}/permit.py").values():
        said |= {one for one in _said(rules) if " " in one}
    reasons = ast.walk(_functions(f"{room}/handover.py")["_check_waiting"])
    said |= {
        text_of(value)
        for node in reasons
        if isinstance(node, ast.Dict)
        for value in node.values
    }

    assert len(said) > 30
    known_ones = {*known.sentences, *PHRASES.sentences}
    assert said - {f"{GAP}: {GAP}", " or "} - known_ones == set()
    assert portal_danish.in_danish(
        "CPR extract 4 may not leave: a column is named twice; anne is not a member of"
        " demo today. Return it to the applicant."
    ) == (
        "CPR-udtræk 4 må ikke udleveres: en kolonne er nævnt to gange; anne er ikke"
        " medlem af demo i dag. Returnér det til ansøgeren."
    )
    assert portal_danish.in_danish(
        "The link was used already, and works once. Ask those who released the extract."
    ) == ("Linket er brugt og virker kun én gang. Spørg dem, der frigav udtrækket.")


def test_what_a_sentence_is_about_is_said_in_danish_too():
    in_danish = portal_danish.in_danish

    assert in_danish(
        "The data request 3 is submitted (by karen); to agree specification it, it must"
        " be approvals check."
    ) == (
        "Ansøgningen »Dataanmodning 3« har status »Indsendt (af karen)«; handlingen"
        " »Aftal specifikation« kræver status »Godkendelser kontrolleret«."
    )
    assert in_danish(
        "The proposal 1 is approved; to submit it, it must be draft or returned."
    ).endswith("»Indsend« kræver status »Kladde eller Returneret«.")
    assert in_danish(
        "Nothing is on record yet of the first delivery of data request 2: it is"
        " written down by the part of the enclave that does it, so start it there."
    ).startswith("Der er endnu intet noteret om »første version« for »Dataanmodning 2«")
    assert in_danish(
        "The data request 2 is in quality assurance; to extract it, it must be spec"
        " agreed."
    ).startswith("Ansøgningen »Dataanmodning 2« har status »Kvalitetssikring«;")
    assert in_danish("Nobody ever said this.") == "Nobody ever said this."


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

    # Lines of the command are no rules.
    spoken = {f"{GAP}: {GAP}, {GAP} rows{GAP}{GAP}", f"{GAP}: {GAP}{GAP}"}
    constants = {scan_rules._KINDS, scan_rules._NO_KIND, scan_rules._NOT_MISSING}
    typed = f"{GAP} in the file, and {GAP} in the description"
    rules |= {*constants, typed}
    assert rules - {GAP, *spoken} - set(PHRASES.sentences) == set()
