"""What hub and front say to a person is said in Danish, too."""

import ast
from pathlib import Path

import pytest

import enclave
import enclave_hub
from enclave.phrasebook import GAP
from enclave.projects import effects
from enclave.projects.forms import danish as of_projects
from enclave.projects.lifecycle import ProjectState
from enclave_hub.danish import PHRASES, in_both, in_danish
from tests.builders.sentences import text_of


ENCLAVE, HUB = Path(enclave.__file__).parent, Path(enclave_hub.__file__).parent

# Where people are refused, put out, or told what is being done.
SPEAKING = [
    ENCLAVE / "projects" / "admission.py",
    ENCLAVE / "delivery" / "workspace_right.py",
    ENCLAVE / "sandbox" / "joining.py",
    ENCLAVE / "sandbox" / "prepared.py",
    ENCLAVE / "sandbox" / "process.py",
    ENCLAVE / "sandbox" / "programs.py",
    HUB / "hub_handshake.py",
    HUB / "spawner.py",
    HUB / "sign_in" / "claims.py",
    HUB / "sign_in" / "openid.py",
    *(HUB / "front").glob("*.py"),
    *(HUB / "nursery").glob("*.py"),
    *(HUB / "workspace").glob("*.py"),
]
# Welcome has its own Danish.
SPEAKING = [file for file in SPEAKING if file.name != "welcome.py"]

# What operators and logs are told, and what is asked by whole sentence below.
NOT_TO_A_PERSON = {
    "Project {} is {}: {}.",
    "What was shown could not be written down",
    "Closing %s: %s",
    "What one project may store.",
    "When an unused one closes.",
    "The workspace {}/{}",
    "ENCLAVE_PUBLIC_URL",
    "Set ENCLAVE_PUBLIC_URL",
    "Project {} has not been given any data",
    "Expected ",
    "This call does not pass",
    "The hub does not answer.",
    "The relay has not started.",
    "A workspace reports its own activity only.",
    "The server with which ",
}


def _sentences(file: Path) -> set[str]:
    """Every string of a file that reads as a sentence, but for what documents it."""
    tree = ast.parse(file.read_text())
    inner = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    documents = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)  # a string that stands alone
    }
    found = {
        text_of(node)
        for node in ast.walk(tree)
        if node not in inner and node not in documents
    }
    return {text for text in found if " " in text and text[0].isupper()} | {
        text for text in found if text.startswith(GAP) and text.count(" ") > 3
    }


@pytest.mark.parametrize(
    "file", SPEAKING, ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_every_reason_is_said_in_danish(file):
    said = {
        text for text in _sentences(file) if not text.startswith(tuple(NOT_TO_A_PERSON))
    }

    assert {text for text in said if in_danish(text) == text} == set()


def test_the_files_are_read():
    assert sum(len(_sentences(file)) for file in SPEAKING) > 35


def test_why_a_project_may_not_work_is_said_in_danish():
    """The state's reason is part of a sentence: each whole one is known."""
    reasons = {
        ProjectState.CLOSING: [
            (
                "the project ended on 2026-01-01: return its results, or apply for a"
                " later end date"
            ),
            "its close-out, application 7, was handed in: withdraw it to go on working",
        ],
        ProjectState.CLOSED: ["its results and data came back"],
        ProjectState.SUSPENDED: [
            "all projects were stopped by karen on 2026-11-27 at 10:00 UTC: A leak?",
            "it was stopped by karen on 2026-11-27 at 10:00 UTC: A leak?",
            (
                "approval regionsraad R-1 expired on 2026-01-01: hand its renewal to"
                " the CORE group, who registers it"
            ),
        ],
    }
    for state, ways in reasons.items():
        for reason in ways:
            said = in_danish(f"Project demo is {state}: {reason}.")
            assert said.startswith("Projektet demo er "), said
    # Those above are all there are.
    kept = ast.parse(Path(effects.__file__).read_text())
    moves = [
        node
        for node in ast.walk(kept)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lifecycle.move"
    ]
    assert len(moves) == 2


@pytest.mark.parametrize(("english", "danish"), PHRASES.sentences.items())
def test_both_languages_have_the_same_values(english, danish):
    assert english.count(GAP) == danish.count(GAP)


def test_the_portal_knows_why_somebody_may_not_work():
    reason = (
        "ole is not a member of project demo: its leader rikke can apply to add"
        " members."
    )

    assert of_projects.in_danish(reason).startswith("ole er ikke medlem af projektet")


def test_a_page_holds_both_and_no_markup_of_a_person():
    page = in_both("Closing off a workspace for “<b>x</b>”")

    assert '<span lang="en">Closing off' in page
    assert '<span lang="da">Et arbejdsrum til “&lt;b&gt;x&lt;/b&gt;” lukkes af' in page
    assert in_both("Unheard of") == '<span lang="en-GB">Unheard of</span>'
