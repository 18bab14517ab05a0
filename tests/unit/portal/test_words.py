"""Every word of the pages is there in both languages, and none is there for nothing."""

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from enclave import portal
from enclave.cohort.code_lists.lists import Sharing
from enclave.feasibility.outcome import Remarks
from enclave.portal.words import catalogue, translator
from enclave.projects.approvals import Authority, Status
from enclave.projects.forms import DatePolicy, Format
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import TRANSITIONS, Kind, State


FOLDER = Path(portal.__file__).parent
TEMPLATES = sorted(FOLDER.rglob("*.html"))
GIVEN = {
    *(f"state.{one}" for one in (*State, *ProjectState)),
    *(f"kind.{one}" for one in Kind),
    *(f"action.{one.action}" for one in TRANSITIONS),
    *(f"value.{one}" for one in (*Authority, *get_args(Status), *DatePolicy)),
    *(f"value.{one}" for one in ("leader", "member", "once", "daily", *Format)),
    *(f"value.{one}" for one in ("sex-age", "index-year")),
    *(f"outcome.{one}" for one in Remarks.model_fields),
    *(f"sharing.{one}" for one in Sharing),
    "yes",
    "no",
}


def spoken() -> set[str]:
    """The keys that templates name outright."""
    text = "".join(template.read_text() for template in TEMPLATES)
    return set(re.findall(r'say\(["\']([\w.]+)["\'][,)]', text))


def test_every_key_that_is_used_is_there_and_the_other_way_round():
    assert len(spoken()) > 20
    assert spoken() | GIVEN == {*catalogue()}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_key_has_both_languages_with_the_same_places(key: str):
    texts = catalogue()[key]
    assert {*texts} == {"en", "da"}
    places = [
        {name for _, name, _, _ in Formatter().parse(text) if name}
        for text in texts.values()
    ]
    assert places[0] == places[1]
    assert all(isinstance(text, str) and text.strip() for text in texts.values())


def test_an_unknown_key_is_a_bug():
    with pytest.raises(KeyError):
        translator("en")("no.such.key")
