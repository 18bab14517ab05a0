"""The grammar is closed: what the open tier does not know is refused, never passed."""

from typing import Literal

import pytest

from enclave.cohort.question import AllOf, CodeList, EventCriterion, Node, Question
from enclave.disclosure.grammar import refusals
from enclave.disclosure.known_parts import KNOWN
from enclave.disclosure.policy import policy


EVENT = EventCriterion(codes=CodeList.of("SKS", "DE11*"))


class NewKind(Node):
    kind: Literal["new"] = "new"


class EventWithNewField(EventCriterion):
    newly: str | None = None


def refused(*criteria):
    question = Question().model_copy(update={"criteria": criteria})
    return [reason.split(":")[0] for reason in refusals(question, policy().grammar)]


def test_known_parts_pass():
    assert refused(EVENT) == []


@pytest.mark.parametrize("node", [NewKind(), EventWithNewField(codes=EVENT.codes)])
def test_a_kind_that_is_not_known_is_refused(node):
    assert refused(EVENT, node) == ["criteria[1]"]


def test_a_kind_that_is_not_known_is_found_inside_others():
    nested = AllOf.model_construct(criteria=(EVENT, NewKind()))

    assert refused(nested) == ["criteria[0].criteria[1]"]


def test_a_field_that_is_not_known_is_refused_unless_it_was_left_out(monkeypatch):
    monkeypatch.setitem(KNOWN, EventWithNewField, KNOWN[EventCriterion])

    assert refused(EventWithNewField(codes=EVENT.codes)) == []
    assert refused(EventWithNewField(codes=EVENT.codes, newly="x")) == [
        "criteria[0].newly"
    ]
