"""What can be asked of events, and how it is said."""

import pytest

from enclave.cohort.evaluation import persons
from enclave.cohort.node import MalformedError
from enclave.cohort.question import (
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Question,
    Within,
)
from enclave.cohort.rendering import describe
from enclave.errors import InputError
from tests.builders.cohort import a_snapshot


CODES = CodeList.of("SKS", "A")


def event(**fields):
    return EventCriterion(codes=CODES, **fields)


def line(criterion, language="en"):
    question = Question(index=event(), criteria=(criterion,))
    return describe(question, language).splitlines()[-1].removeprefix("1. ")[:-1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: event(pick="last", at_least=2), "take the number of events or days"),
        (lambda: event(pick="last", at_least_days=2), "or leave pick out"),
        (lambda: event(pick="middle"), "'first', 'last'"),
        (lambda: event(at_least_days=1), "write 2 or more"),
        (lambda: event(sources=()), "Give at least 1."),
        (lambda: event(sources=("x", "x")), "The source x is named twice"),
        (lambda: event(abnormal="odd"), "these: 'low', 'high', 'low_or_high'."),
        (
            lambda: Question(index=event(at_least_days=2)),
            "is one event, so it cannot ask for a number of events or days",
        ),
        (lambda: CodeList.of(None, "A+"), "Name the code system in whose vocabulary"),
    ],
)
def test_what_cannot_be_meant_cannot_be_made(make, message):
    with pytest.raises(MalformedError) as refusal:
        make()

    assert message in str(refusal.value)


def test_short_form_of_descendants():
    (entry,) = CodeList.of("OMOP", "!201826+", "443238+").entries[:1]

    assert (entry.code, entry.match, entry.exclude) == ("201826", "descendants", True)


HIGH = Comparison(operator=">", threshold=5, unit="g/L")
SINCE = DateRange(start="2020-01-01")


@pytest.mark.parametrize(
    ("criterion", "english", "danish"),
    [
        (
            event(at_least_days=3),
            "events on at least 3 different days with SKS code A",
            "hændelser på mindst 3 forskellige dage med SKS-koden A",
        ),
        (
            event(at_least=4, at_least_days=3),
            (
                "at least 4 different events on at least 3 different days with SKS"
                " code A"
            ),
            (
                "mindst 4 forskellige hændelser på mindst 3 forskellige dage med"
                " SKS-koden A"
            ),
        ),
        (
            event(sources=("LPR", "GP"), table="diagnosis", abnormal="high"),
            (
                "an event with SKS code A and a value above its own upper reference"
                " limit in the table diagnosis from the source LPR or GP"
            ),
            (
                "en hændelse med SKS-koden A og en værdi over sin egen øvre"
                " referencegrænse i tabellen diagnosis fra kilden LPR eller GP"
            ),
        ),
        (
            event(pick="last", value=HIGH, dates=SINCE),
            (
                "the last event with SKS code A, dated on or after 1 January 2020;"
                " required of it: a value above 5 g/L"
            ),
            (
                "den sidste hændelse med SKS-koden A, med dato den 1. januar 2020"
                " eller senere; det kræves af den: en værdi over 5 g/L"
            ),
        ),
        (
            Within(
                criterion=event(pick="first_ever", abnormal="low", dates=SINCE),
                from_days=0,
                to_days=None,
            ),
            (
                "the first event ever with SKS code A; required of it: dated on or"
                " after 1 January 2020, from the day of the index event onwards and a"
                " value below its own lower reference limit"
            ),
            (
                "den allerførste hændelse med SKS-koden A; det kræves af den: med dato"
                " den 1. januar 2020 eller senere, fra dagen for indekshændelsen og"
                " frem og en værdi under sin egen nedre referencegrænse"
            ),
        ),
        (
            event(value=HIGH.model_copy(update={"convert": "scale"})),
            (
                "an event with SKS code A and a value above 5 g/L (or as much in"
                " another unit of the same kind)"
            ),
            (
                "en hændelse med SKS-koden A og en værdi over 5 g/L (eller lige så"
                " meget i en anden enhed af samme slags)"
            ),
        ),
        (
            event(value=HIGH.model_copy(update={"convert": "urea"})),
            (
                "an event with SKS code A and a value above 5 g/L (or as much in"
                " another unit, converted for urea)"
            ),
            (
                "en hændelse med SKS-koden A og en værdi over 5 g/L (eller lige så"
                " meget i en anden enhed, omregnet efter karbamid)"
            ),
        ),
        (
            EventCriterion(codes=CodeList.of("OMOP", "1+", "2", "!3+")),
            (
                "an event with OMOP code 2 or any OMOP code that is 1 or below it (but"
                " not any OMOP code that is 3 or below it)"
            ),
            (
                "en hændelse med OMOP-koden 2 eller en OMOP-kode, der er 1 eller ligger"
                " under den (dog ikke en OMOP-kode, der er 3 eller ligger under den)"
            ),
        ),
    ],
)
def test_in_words(criterion, english, danish):
    assert line(criterion) == english
    assert line(criterion, "da") == danish


def test_index_event_in_words():
    question = Question(index=event(pick="last"))

    assert "(day 0): the last event with SKS code A." in describe(question, "en")


@pytest.mark.parametrize("criterion", [event(at_least_days=2), event(pick="last")])
def test_not_of_days_and_of_a_picked_event(criterion):
    text = describe(Question(criteria=(Not(criterion=criterion),)), "en")

    assert "\n1. the following does not hold:\n   1.1. " in text


def test_descendants_need_a_vocabulary():
    connection = a_snapshot([], [])
    connection.execute("DROP TABLE code_ancestor")
    question = Question(index=EventCriterion(codes=CodeList.of("OMOP", "1+")))

    with pytest.raises(InputError, match="holds no vocabulary to look them up in"):
        persons(question, connection)
