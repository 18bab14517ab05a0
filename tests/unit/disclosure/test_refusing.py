"""Why the count gate refuses is said in Danish too."""

import ast
import re
from pathlib import Path

import pytest

from enclave.disclosure import budget, grammar, known_parts
from enclave.disclosure.grammar import refusals
from enclave.disclosure.refusing import PHRASES, short_of_budget, too_fine
from enclave.phrasebook import GAP
from tests.builders.disclosure import event, question, rules


MODULES = (grammar, known_parts)


def _text(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        fixed = (getattr(part, "value", None) for part in node.values)
        return "".join(part if isinstance(part, str) else GAP for part in fixed)
    return None


def _said(module) -> set[str]:
    """The sentences that a module yields or returns."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    found = {
        _text(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Yield | ast.Return)
    }
    # Without the place in the question that stands before.
    without = {re.sub(r"^([\w.]+|{}): ", "", text) for text in found if text}
    return {text for text in without if " " in text}


def test_every_reason_is_said_in_danish():
    reasons = set().union(*map(_said, MODULES))

    assert len(reasons) >= 15
    assert reasons - set(PHRASES.sentences) == set()


@pytest.mark.parametrize(("english", "danish"), PHRASES.sentences.items())
def test_each_language_has_the_same_values(english, danish):
    assert english.count(GAP) == danish.count(GAP)


def test_a_refusal_names_the_place_and_the_reason():
    born = {"start": "1950-01-01"}
    asked = question(event("DE11", at_least=3), event("DE1"), born=born)

    refusal = too_fine(refusals(asked, rules().grammar))

    assert "criteria[0]: et antal hændelser er for fint; spørg om mindst én" in (
        refusal.danish
    )
    assert "population.born: fødselsdatoer er for fine" in refusal.danish
    assert "koder i SKS spørges der om ved begyndelser på 4 tegn" in refusal.danish
    assert "too fine" not in refusal.danish
    assert "a number of events is too fine" in str(refusal)


def test_what_is_left_of_a_budget_is_said_in_danish():
    left = {"left": 1, "limit_30_days": 40, "limit_year": 120, "more_at": None}
    short = (
        f"This needs {budget._questions(3)} and your budget has {left['left']} left, of"
        f" {left['limit_30_days']} in 30 days and {left['limit_year']} in a year."
        " More from 2026-12-01. What you have asked before stays free."
    )

    assert short_of_budget(short).danish == (
        "Dette kræver 3 nye spørgsmål, og dit budget har 1 tilbage af 40 på 30 dage og"
        " 120 på et år. Flere fra 2026-12-01. Det, du har spurgt om før, er fortsat"
        " gratis."
    )
