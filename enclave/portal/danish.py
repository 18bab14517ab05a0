"""What a rule says, in Danish; kinds, states and actions in it by the pages' own words.

The sentences stand beside the rules, in the ``danish.yaml`` of their packages.
"""

import re
from functools import cache

from enclave.delivery.cpr_extract.record import State as Extract
from enclave.disclosure.refusing import OF_QUESTIONS
from enclave.phrasebook import Phrasebook, Phrasebooks
from enclave.portal.words import catalogue
from enclave.projects import evidence
from enclave.projects.forms.danish import PHRASES
from enclave.projects.machine import TRANSITIONS, Kind, State, spoken


_DONE_BY = re.compile(r"(?P<name>.+) \(by (?P<who>\S+)\)")
_STANDING = re.compile(r"(?P<what>[^()]+) \((?P<state>[^()]+)\)")
_NUMBERED = re.compile(r"(?P<name>.+) (?P<number>\d+)")


def in_danish(sentence: str) -> str:
    """Return what a rule says in Danish; as it is where that is not known."""
    return SENTENCES.in_danish(sentence)


def name_in(text: str, language: str) -> str:
    """Return what a sentence is about in a language: an application, and its state."""
    return _value(text) if language == "da" else text


def _value(text: str) -> str:
    known = _terms().get(text) or in_danish(text)
    if known != text:
        return known
    if " or " in text:
        return " eller ".join(map(_value, text.split(" or ")))
    if done := _DONE_BY.fullmatch(text):
        return f"{_value(done['name'])} (af {done['who']})"
    found = _NUMBERED.fullmatch(text)
    if found and found["name"] in _terms():
        return f"{_terms()[found['name']]} {found['number']}"
    if stands := _STANDING.fullmatch(text):
        return f"{_value(stands['what'])} ({_value(stands['state'])})"
    return text


@cache
def _terms() -> dict[str, str]:
    """Return what a sentence may be about, by its English name in a sentence."""
    keys = {
        # Some evidence is called as an action is: then it is said as the action.
        **{spoken(one): f"evidence.{one}" for one in evidence.NAMES},
        **{spoken(one.action): f"action.{one.action}" for one in TRANSITIONS},
        **{one.value: f"cpr_extract.state.{one}" for one in Extract},
        **{spoken(one): f"state.{one}" for one in State},
        **{spoken(one): f"kind.{one}" for one in Kind},
    }
    return {name: catalogue()[key]["da"] for name, key in keys.items()}


SENTENCES = Phrasebooks(
    (
        PHRASES,
        *OF_QUESTIONS,
        Phrasebook("enclave.feasibility"),
        Phrasebook("enclave.delivery.cpr_extract"),
        Phrasebook("enclave.archive"),
    ),
    _value,
)
