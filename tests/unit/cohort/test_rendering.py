"""A question in plain words, exact to the letter, and with nothing left out."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.cohort.rendering import describe


DIABETES = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
LABELS = {
    "SKS:DE11": "Type 2-diabetes",
    "NPU:NPU19748": "C-reaktivt protein",
    "lab": "Laboratoriesvar",
    "lab.value": "Resultat",
}


def event(*patterns, system="SKS", **fields):
    return EventCriterion(codes=CodeList.of(system, *patterns), **fields)


def within(from_days, to_days, criterion=DIABETES):
    return Within(criterion=criterion, from_days=from_days, to_days=to_days)


def line(criterion, language):
    """Return the one line of a criterion, without its number and full stop."""
    question = Question(index=DIABETES, criteria=(criterion,))
    *_, last = describe(question, language).splitlines()
    return last.removeprefix("1. ").removesuffix(".")


WHOLE = Question(
    population=Population(
        sex="female",
        born=DateRange(start="1950-01-01"),
        age=AgeRange(minimum=18, maximum=64, at="index"),
        alive_at="2020-05-03",
    ),
    index=event(
        "DE11*",
        "DE140",
        "!DE119",
        dates=DateRange(start="2010-01-01", end="2020-12-31"),
    ),
    criteria=(
        Not(
            criterion=within(
                -30,
                0,
                event(
                    "NPU19748",
                    system="NPU",
                    table="lab",
                    value=Comparison(operator=">", threshold=5.5, unit="mg/L"),
                ),
            )
        ),
        AnyOf(
            criteria=(
                within(1, 365, event("L04*", system="ATC", at_least=2)),
                AllOf(criteria=(event("KJ*"), Not(criterion=event("KJA*")))),
            )
        ),
    ),
    variables=("lab.value", "person.sex"),
)


@pytest.mark.parametrize("language", ["en", "da"])
def test_whole_question(language):
    expected = Path(__file__).with_name(f"whole_question.{language}.txt").read_text()

    assert describe(WHOLE, language, LABELS) + "\n" == expected


@pytest.mark.parametrize(
    ("population", "english", "danish"),
    [
        (Population(), "all persons", "alle personer"),
        (Population(sex="male"), "all men", "alle mænd"),
        (
            Population(born=DateRange(end="1950-12-31")),
            "all persons born on or before 31 December 1950",
            "alle personer, som er født den 31. december 1950 eller tidligere",
        ),
        (
            Population(born=DateRange(start="1950-01-01", end="1950-03-31")),
            "all persons born from 1 January 1950 to 31 March 1950 inclusive",
            (
                "alle personer, som er født fra den 1. januar 1950 til og med den"
                " 31. marts 1950"
            ),
        ),
        (
            Population(born=DateRange(start="1950-08-01", end="1950-08-01")),
            "all persons born on 1 August 1950",
            "alle personer, som er født den 1. august 1950",
        ),
        (
            Population(age=AgeRange(minimum=18, at="2020-01-01")),
            "all persons aged 18 or over on 1 January 2020",
            "alle personer, som er mindst 18 år gamle den 1. januar 2020",
        ),
        (
            Population(age=AgeRange(maximum=0, at="2020-01-01")),
            "all persons aged 0 or under on 1 January 2020",
            "alle personer, som er højst 0 år gamle den 1. januar 2020",
        ),
        (
            Population(age=AgeRange(minimum=40, maximum=40, at="2020-01-01")),
            "all persons aged 40 on 1 January 2020",
            "alle personer, som er 40 år gamle den 1. januar 2020",
        ),
    ],
)
def test_population(population, english, danish):
    question = Question(population=population)

    assert describe(question, "en") == f"Population: {english}."
    assert describe(question, "da") == f"Population: {danish}."


@pytest.mark.parametrize(
    ("patterns", "english", "danish"),
    [
        (["A"], "SKS code A", "SKS-koden A"),
        (["A", "B"], "one of the SKS codes A and B", "en af SKS-koderne A og B"),
        (
            ["A", "B", "C"],
            "one of the SKS codes A, B and C",
            "en af SKS-koderne A, B og C",
        ),
        (
            ["A*", "B*", "C*"],
            "any SKS code beginning with A, B or C",
            "en SKS-kode begyndende med A, B eller C",
        ),
        (
            ["A*", "!AB", "!AC", "!AD*", "!AE*"],
            (
                "any SKS code beginning with A"
                " (but not AB, AC or any code beginning with AD or AE)"
            ),
            (
                "en SKS-kode begyndende med A"
                " (dog ikke AB, AC eller en kode begyndende med AD eller AE)"
            ),
        ),
    ],
)
def test_codes(patterns, english, danish):
    assert line(event(*patterns), "en") == f"an event with {english}"
    assert line(event(*patterns), "da") == f"en hændelse med {danish}"


def test_codes_of_a_table_and_of_a_named_list():
    in_table = event("NA", "K*", system=None, table="lab")
    codes = CodeList.of("SKS", "DC*").model_copy(update={"name": "Kræft"})
    named = EventCriterion(codes=codes)
    dated = EventCriterion(codes=codes.model_copy(update={"version": "2024"}))

    assert line(in_table, "en") == (
        "an event with code NA or any code beginning with K in the table lab"
    )
    assert line(in_table, "da") == (
        "en hændelse med koden NA eller en kode begyndende med K i tabellen lab"
    )
    assert line(event("A", "B", system=None, table="lab"), "da") == (
        "en hændelse med en af koderne A og B i tabellen lab"
    )
    assert line(named, "en") == (
        "an event with a code on the list “Kræft” [any SKS code beginning with DC]"
    )
    assert line(dated, "da") == (
        "en hændelse med en kode på listen »Kræft« version 2024"
        " [en SKS-kode begyndende med DC]"
    )


@pytest.mark.parametrize(
    ("value", "english", "danish"),
    [
        (("<", 4.5, "g/L"), "below 4.5 g/L", "under 4,5 g/L"),
        (("<=", 1e-7, "g/L"), "of at most 0.0000001 g/L", "på højst 0,0000001 g/L"),
        ((">", -1, None), "above -1 (in any unit)", "over -1 (uanset enhed)"),
        ((">=", 1e6, "g/L"), "of at least 1000000 g/L", "på mindst 1000000 g/L"),
        (("=", 0, "g/L"), "of exactly 0 g/L", "på præcis 0 g/L"),
    ],
)
def test_comparisons(value, english, danish):
    operator, threshold, unit = value
    criterion = event(
        "A", value=Comparison(operator=operator, threshold=threshold, unit=unit)
    )

    assert line(criterion, "en") == f"an event with SKS code A and a value {english}"
    assert line(criterion, "da") == f"en hændelse med SKS-koden A og en værdi {danish}"


def test_between():
    criterion = event("A", value=Between(lower=1, upper=2.5, unit="mmol/L"))

    assert line(criterion, "en") == (
        "an event with SKS code A and a value from 1 to 2.5 mmol/L inclusive"
    )
    assert line(criterion, "da") == (
        "en hændelse med SKS-koden A og en værdi fra 1 til og med 2,5 mmol/L"
    )


@pytest.mark.parametrize(
    ("window", "english", "danish"),
    [
        ((0, 0), "on the day of the index event", "på dagen for indekshændelsen"),
        ((1, 1), "exactly 1 day after the index event", "præcis 1 dag efter {}"),
        ((-2, -2), "exactly 2 days before the index event", "præcis 2 dage før {}"),
        (
            (-1, 2),
            (
                "from 1 day before the index event to 2 days after the index event"
                " inclusive"
            ),
            "fra 1 dag før {} til og med 2 dage efter {}",
        ),
        (
            (0, None),
            "from the day of the index event onwards",
            "fra dagen for {} og frem",
        ),
        (
            (None, -1),
            "at any time up to and including 1 day before the index event",
            "når som helst til og med 1 dag før {}",
        ),
    ],
)
def test_windows(window, english, danish):
    danish = danish.replace("{}", "indekshændelsen")

    assert line(within(*window), "en").endswith(f"DE11, {english}")
    assert line(within(*window), "da").endswith(f"DE11, {danish}")


@pytest.mark.parametrize(
    ("criterion", "english", "danish"),
    [
        (
            Not(criterion=event("A", at_least=3)),
            "1. fewer than 3 different events with SKS code A.",
            "1. færre end 3 forskellige hændelser med SKS-koden A.",
        ),
        (
            Not(criterion=AllOf(criteria=(event("A"),))),
            "1. not all of the following:\n   1.1. an event with SKS code A.",
            "1. ikke alle følgende kriterier:\n   1.1. en hændelse med SKS-koden A.",
        ),
        (
            Not(criterion=AnyOf(criteria=(event("A"),))),
            "1. none of the following:\n   1.1. an event with SKS code A.",
            "1. ingen af følgende kriterier:\n   1.1. en hændelse med SKS-koden A.",
        ),
        (
            Not(criterion=Not(criterion=event("A"))),
            "1. the following does not hold:\n   1.1. no event with SKS code A.",
            "1. følgende gælder ikke:\n   1.1. ingen hændelse med SKS-koden A.",
        ),
    ],
)
def test_negations(criterion, english, danish):
    question = Question(criteria=(criterion,))

    assert describe(question, "en").split("\n", 2)[2] == english
    assert describe(question, "da").split("\n", 2)[2] == danish


def leaves(node, path=()):
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))
        elif key not in {"schema_version", "kind"} and item is not None:
            yield (*path, key), item


def another(item):
    """Return a value of the same kind that is not the same."""
    opposite = {"female": "male", "exact": "prefix", "prefix": "exact", ">": "<"}
    if isinstance(item, bool):
        return not item
    if isinstance(item, int | float):
        return item + 1
    if item in opposite or item == "index":
        return opposite.get(item, "2019-09-09")
    try:
        return str(date.fromisoformat(item).replace(day=2))
    except ValueError:
        return f"{item}x"


def changed(path):
    """Return the whole question with one leaf changed, or None if that is refused."""
    document = WHOLE.model_dump(mode="json")
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = another(node[path[-1]])
    try:
        return Question.model_validate(document)
    except ValidationError:
        return None


CHANGED = {
    ".".join(map(str, path)): changed(path)
    for path, _ in leaves(WHOLE.model_dump(mode="json"))
}


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("place", [place for place in CHANGED if CHANGED[place]])
def test_nothing_can_change_behind_the_text(place, language):
    assert describe(CHANGED[place], language) != describe(WHOLE, language)


def test_nearly_every_leaf_could_be_changed():
    assert sum(question is None for question in CHANGED.values()) <= 5
    assert len(CHANGED) >= 45


def test_label_cannot_take_the_place_of_a_code():
    text = describe(Question(criteria=(DIABETES,)), "en", {"SKS:DE11": "anything"})

    assert "beginning with DE11 (anything)" in text


def test_braces_of_a_code_are_only_characters():
    assert line(event("{what}"), "en") == "an event with SKS code {what}"
