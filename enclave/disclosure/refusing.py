"""What the count gate says when it refuses, in English and in Danish."""

import re
from collections.abc import Sequence

from enclave.errors import PolicyRefusal
from enclave.phrasebook import Phrasebook


PHRASES = Phrasebook(__package__)

# What is said of a question before anybody counts: by gate, linter and translations.
OF_QUESTIONS = (
    PHRASES,
    Phrasebook("enclave.cohort"),
    Phrasebook("enclave.cohort.atlas"),
)

_TOO_FINE = (
    "Too fine to be asked without access to data: {}. `enclave feasibility policy`"
    " shows all rules."
)


def too_fine(reasons: Sequence[str]) -> PolicyRefusal:
    """Return the refusal of a question for these reasons."""
    once = list(dict.fromkeys(reasons))
    refusal = PolicyRefusal(_TOO_FINE.format("; ".join(once)))
    said = "; ".join(map(_in_danish, once))
    refusal.danish = PHRASES.sentences[_TOO_FINE].format(said)
    return refusal


def short_of_budget(short: str) -> PolicyRefusal:
    """Return the refusal of a question that the budget does not suffice for."""
    refusal = PolicyRefusal(short)
    refusal.danish = PHRASES.translated(short)
    return refusal


def _in_danish(reason: str) -> str:
    """Translate a reason behind the place in the question that it is about."""
    found = re.fullmatch(r"([\w.\[\]]+: )?(.*)", reason, re.DOTALL)
    place, said = found.groups() if found else ("", reason)
    return (place or "") + PHRASES.translated(said)
