"""What is said of a question, its count and its code lists is said in Danish, too."""

import ast
from pathlib import Path

import pytest

from enclave.phrasebook import GAP
from enclave.portal.danish import SENTENCES, in_danish
from tests.builders.portal import Door
from tests.builders.sentences import text_of
from tests.unit.cohort.atlas.definitions import NEW_USERS


DANISH = {"Accept-Language": "da"}
ROOMS = Path(__file__).parents[3] / "enclave"

REFUSALS = {
    "HTTPException",
    "InputError",
    "IntegrityError",
    "NotFoundError",
    "PolicyRefusal",
}
# What says something of a question or a list, and the place of the sentence in it.
SAYING = dict.fromkeys(REFUSALS, 0) | {
    "check": 0,
    "note": 0,
    "error": 1,
    "refuse": 1,
    "warning": 1,
    "RowProblem": 1,
}
# Where a sentence is put together from parts that are known by themselves.
FROM_PARTS = {
    "{} {}: {}.",  # a code and a reason of the gate
    "{}{}",
    "{}\n{}",
    "This question cannot be asked here:\n{}",
    "write {}",
}

NOT_TO_A_PERSON = {
    "mm Hg",
    "Concept set 7",  # names of what is made
    "Criterion 7",
    "application 7 is no feasibility request",  # a bug
}

# Parts of a question, which say themselves why they cannot be.
PARTS = ("codes", "criteria", "dates", "event", "node", "packing", "population")
PARTS += ("question", "reading", "relations", "values")

FILES = [
    *(ROOMS / "feasibility").glob("*.py"),
    ROOMS / "feasibility" / "index" / "damage.py",
    *(ROOMS / "cohort" / "atlas").glob("*.py"),
    *(ROOMS / "cohort" / "code_lists").glob("*.py"),
    *(ROOMS / "cohort").glob("*_rules.py"),
    ROOMS / "cohort" / "contradictions.py",
    *(ROOMS / "cohort" / f"{one}.py" for one in PARTS),
    ROOMS / "cohort" / "lint.py",
    ROOMS / "cohort" / "saved_questions.py",
]


def _said(file: Path) -> set[str]:
    """What a file says by refusing, noting or warning, and what it keeps to say."""
    found = set()
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            found |= {text_of(one) for one in node.args[SAYING.get(name, 99) :][:1]}
        if isinstance(node, ast.Dict | ast.DictComp) and file.parent.name == "atlas":
            values = node.values if isinstance(node, ast.Dict) else [node.value]
            found |= {text for one in values if " " in (text := text_of(one))}
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found |= {text_of(one) for one in node.exc.args[:1]}
    return {text for text in found if " " in text} - FROM_PARTS


def _example(sentence: str) -> str:
    return sentence.replace(GAP, "7")


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_every_sentence_is_said_in_danish(file):
    said = {_example(text) for text in _said(file)} - NOT_TO_A_PERSON

    assert {text for text in said if in_danish(text) == text} == set()


def test_the_files_are_read():
    assert sum(len(_said(file)) for file in FILES) > 130


def test_each_language_has_the_same_values():
    wrong = {
        english
        for book in SENTENCES.books
        for english, danish in book.sentences.items()
        if english.count(GAP) != danish.count(GAP)
    }

    assert wrong == set()


@pytest.mark.parametrize(
    ("english", "danish"),
    [
        (
            (
                "This ATLAS definition says what a question cannot say:\n"
                "  EndStrategy: a question does not say when persons leave a cohort\n"
                "  a.b[0].c: write a list"
            ),
            (
                "Denne ATLAS-definition siger noget, som et spørgsmål ikke kan sige:\n"
                "  EndStrategy: et spørgsmål siger ikke, hvornår personer forlader en"
                " kohorte\n"
                "  a.b[0].c: skriv en liste"
            ),
        ),
        (
            "SKS E11: codes of SKS are asked by prefixes of 4 characters.",
            "SKS E11: koder i SKS spørges der om ved begyndelser på 4 tegn.",
        ),
        (
            (
                "The gate would refuse this question, so no outcome can be released:"
                " criteria[0]: a number of events is too fine; ask for at least one;"
                " population.born: dates of birth are too fine; use an age range. Ask"
                " the applicant for a coarser one, with what you suggest."
            ),
            (
                "Beskyttelsen af tallene ville afvise dette spørgsmål, så intet"
                " resultat kan frigives: criteria[0]: et antal hændelser er for fint;"
                " spørg om mindst én; population.born: fødselsdatoer er for fine; brug"
                " et aldersinterval. Bed ansøgeren om et grovere spørgsmål, med det du"
                " foreslår."
            ),
        ),
        (
            "Nothing of the code list was imported:\n  row 2: code is empty.",
            "Intet af kodelisten blev importeret:\n  række 2: koden er tom.",
        ),
        ("C50 is a diagnosis of women: check the sex or the code.", None),
    ],
)
def test_places_and_reasons_are_kept_apart(english, danish):
    said = in_danish(english)

    assert said == (
        danish or "C50 er en diagnose hos kvinder: kontrollér kønnet eller koden."
    )


def test_a_danish_page_refuses_a_breakdown_in_danish(clinic: Door):
    rikke = clinic.program("rikke")
    asked = {"question": {"criteria": []}, "by": "shoe size"}

    answer = rikke.post("/api/feasibility/breakdown", json=asked, headers=DANISH)

    assert answer.status_code == 422, answer.text
    assert answer.json()["error"].startswith("En fordeling er på sex-age")


def test_a_danish_page_refuses_a_definition_in_danish(clinic: Door):
    rikke = clinic.program("rikke")
    definition = NEW_USERS | {"CensorWindow": {"StartDate": "2020-01-01"}}

    answer = rikke.post(
        "/api/atlas/question", json={"definition": definition}, headers=DANISH
    )

    assert answer.status_code == 422
    assert "CensorWindow: et spørgsmål klipper ikke kohorter" in answer.json()["error"]
