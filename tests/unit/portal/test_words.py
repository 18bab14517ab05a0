"""Every word of the pages is there in both languages, and none is there for nothing."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from enclave import portal
from enclave.airlock import ingress_jobs
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import DATA_UNAVAILABLE, NOT_COMPARED
from enclave.archive.rerun_overview import OPEN, Concern
from enclave.archive.rerun_request import Occasion
from enclave.archive.rerun_terms import DataOf
from enclave.archive.run_record import Cause
from enclave.cohort.code_lists.lists import Sharing
from enclave.cohort.question import Question
from enclave.delivery.cpr_extract.record import State as ExtractState
from enclave.feasibility.outcome import Remarks
from enclave.jobs.states import JobState
from enclave.portal.findings.fields import NEEDS
from enclave.portal.words import catalogue, translator
from enclave.projects import evidence
from enclave.projects.forms.reading import FORMS
from enclave.projects.institutions import InstitutionState
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import TRANSITIONS, Kind, State
from enclave.projects.reviews import Choice
from enclave.returns.datasets.desk import State as DatasetState
from enclave.returns.findings.desk import State as FindingState
from enclave.returns.findings.desk import Step
from enclave.returns.folder import Kind as ReturnKind


FOLDER = Path(portal.__file__).parent
TEMPLATES = sorted(FOLDER.rglob("*.html"))


def choices(model: type[BaseModel]) -> Iterator[str]:
    """Everything that can be chosen in a form, also in its parts."""
    for field in model.model_fields.values():
        yield from _choices(field.annotation)


def _choices(annotation: object) -> Iterator[str]:
    if annotation is Question:
        return
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from choices(annotation)
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from annotation
    elif get_origin(annotation) is Literal:
        yield from (one for one in get_args(annotation) if isinstance(one, str))
    else:
        for inner in get_args(annotation):
            yield from _choices(inner)


GIVEN = {
    *(f"state.{one}" for one in (*State, *ProjectState)),
    *(f"kind.{one}" for one in Kind),
    *(f"action.{one.action}" for one in TRANSITIONS),
    *(f"evidence.{one}" for one in evidence.NAMES),
    *(f"value.{one}" for form in FORMS.values() for one in choices(form)),
    *(f"figure.{one.figure}" for one in TRANSITIONS if one.figure),
    *(f"about.{one}" for one in Kind),
    *(f"vote.{one}" for one in Choice),
    *(f"changes.{one}" for one in ("version", "project")),
    *(f"outcome.{one}" for one in Remarks.model_fields),
    *(f"sharing.{one}" for one in Sharing),
    *(f"cpr_extract.state.{one}" for one in (*ExtractState, "replaced")),
    *(f"cpr_extract.then.{one}" for one in ExtractState if one != "waiting"),
    "cpr_extract.then.replaced",
    *(f"own_data.step.{one}" for one in ingress_jobs.STEPS),
    *(f"institutions.state.{one}" for one in InstitutionState),
    *(f"return.kind.{one}" for one in get_args(ReturnKind)),
    *(f"return.do.{one}" for one in get_args(ReturnKind)),
    *(f"return.state.{one}" for one in DatasetState),
    *(f"finding.state.{one}" for one in FindingState),
    *(f"finding.step.{one}" for one in Step),
    *(f"finding.kind.{one}" for one in NEEDS),
    *(f"finding.{one}" for needed in NEEDS.values() for one in needed),
    *(f"finding.where_{one}" for one in ("variable", "equals")),
    *(f"rerun_state.{one}" for one in (OPEN, *JobState)),
    *(f"underway.{one}" for one in JobState),
    *(f"occasion.{one}" for one in Occasion),
    *(f"cause.{one}" for one in (*Cause, DATA_UNAVAILABLE, NOT_COMPARED)),
    *(f"verdict.{one}".replace(" ", "_") for one in Verdict),
    *(f"verdict.means.{one}".replace(" ", "_") for one in Verdict),
    *(f"reruns.data.{one}" for one in get_args(DataOf)),
    *(f"concern.{one}" for one in Concern),
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
