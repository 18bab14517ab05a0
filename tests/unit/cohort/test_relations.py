"""Relations between events and what is asked of persons: refusals, and the words."""

import pytest

from enclave.cohort.node import MalformedError
from enclave.cohort.question import (
    Around,
    AtLeastOf,
    CodeList,
    During,
    EventCriterion,
    Not,
    Observed,
    Population,
    Question,
    SameContact,
    Sequence,
    Within,
    YearRange,
)
from enclave.cohort.rendering import describe
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy


A = EventCriterion(codes=CodeList.of("SKS", "A"))
B = EventCriterion(codes=CodeList.of("SKS", "B"))
TWICE = A.model_copy(update={"at_least": 2})
AROUND = Around(criterion=A, anchor=B, from_days=-30, to_days=0)
DURING = During(criterion=TWICE, anchor=B)
SEQUENCE = Sequence(steps=(A, B), from_days=1, to_days=30)
CONTACT = SameContact(criterion=A, anchor=B)
TWO_OF = AtLeastOf(number=2, criteria=(A, B, AROUND))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Around(criterion=A, anchor=TWICE, from_days=0, to_days=1),
            "The other event is one event",
        ),
        (lambda: During(criterion=A, anchor=TWICE), "The other event is one event"),
        (lambda: SameContact(criterion=A, anchor=TWICE), "other event is one event"),
        (lambda: Sequence(steps=(A, TWICE), from_days=0), "other event is one event"),
        (
            lambda: Around(criterion=A, anchor=B, from_days=None, to_days=None),
            "open at both ends",
        ),
        (lambda: Sequence(steps=(A,), from_days=0), "Give at least 2."),
        (lambda: Sequence(steps=(A, B), from_days=-1), "write 0 or more"),
        (
            lambda: Sequence(steps=(A, B), from_days=2, to_days=1),
            "At least 2 and at most 1 days cannot be",
        ),
        (lambda: AtLeastOf(number=3, criteria=(A, B)), "Nobody meets 3 of 2 criteria"),
        (lambda: AtLeastOf(number=0, criteria=(A, B)), "write 1 or more"),
        (YearRange, "Give a first or a last year"),
        (lambda: YearRange(minimum=1951, maximum=1950), "before they start (1951)"),
        (Observed, "Give both from_date and to_date, or days_before"),
        (lambda: Observed(from_date="2020-01-01"), "Give both from_date and to_date"),
        (
            lambda: Observed(
                from_date="2020-01-01", to_date="2020-01-02", days_after=1
            ),
            "Give both from_date and to_date",
        ),
        (
            lambda: Observed(from_date="2020-01-02", to_date="2020-01-01"),
            "swap the two dates",
        ),
        (
            lambda: Question(population=Population(observed=Observed(days_before=1))),
            "there is none: add an index event",
        ),
        (
            lambda: Question(index_observed=Observed(days_before=1)),
            "take index_observed and index_rule out",
        ),
        (
            lambda: Question(index_rule="first_that_fits"),
            "take index_observed and index_rule out",
        ),
        (
            lambda: Question(
                index=A,
                index_observed=Observed(from_date="2020-01-01", to_date="2020-01-02"),
            ),
            "put the dates into the population",
        ),
        (
            lambda: Within(criterion=A, from_days=None, to_days=None),
            "open at both ends",
        ),
    ],
)
def test_what_cannot_be_meant_cannot_be_made(make, message):
    with pytest.raises(MalformedError) as refusal:
        make()

    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("criterion", "english", "danish"),
    [
        (
            AROUND,
            (
                "1. an event with SKS code A, from 30 days before the other event to"
                " the day of the other event inclusive; the other event: an event with"
                " SKS code B."
            ),
            (
                "1. en hændelse med SKS-koden A, fra 30 dage før den anden hændelse til"
                " og med dagen for den anden hændelse; den anden hændelse: en hændelse"
                " med SKS-koden B."
            ),
        ),
        (
            DURING,
            (
                "1. at least 2 different events with SKS code A, from the first to the"
                " last day of the other event; the other event: an event with SKS"
                " code B."
            ),
            (
                "1. mindst 2 forskellige hændelser med SKS-koden A, fra første til og"
                " med sidste dag af den anden hændelse; den anden hændelse: en hændelse"
                " med SKS-koden B."
            ),
        ),
        (
            SEQUENCE,
            (
                "1. the following events in this order, each from 1 to 30 days"
                " inclusive after the one before:\n"
                "   1.1. an event with SKS code A.\n   1.2. an event with SKS code B."
            ),
            (
                "1. følgende hændelser i denne rækkefølge, hver fra 1 til og med 30"
                " dage efter den foregående:\n   1.1. en hændelse med SKS-koden A.\n"
                "   1.2. en hændelse med SKS-koden B."
            ),
        ),
        (
            CONTACT,
            (
                "1. an event with SKS code A, in one and the same contact as the other"
                " event; the other event: an event with SKS code B."
            ),
            (
                "1. en hændelse med SKS-koden A, i én og samme kontakt som den anden"
                " hændelse; den anden hændelse: en hændelse med SKS-koden B."
            ),
        ),
        (
            Sequence(steps=(A, B), from_days=0),
            (
                "1. the following events in this order, each at least 0 days after the"
                " one before:\n"
                "   1.1. an event with SKS code A.\n   1.2. an event with SKS code B."
            ),
            (
                "1. følgende hændelser i denne rækkefølge, hver mindst 0 dage efter den"
                " foregående:\n   1.1. en hændelse med SKS-koden A.\n"
                "   1.2. en hændelse med SKS-koden B."
            ),
        ),
        (
            Not(criterion=AtLeastOf(number=2, criteria=(A, B))),
            (
                "1. the following does not hold:\n   1.1. at least 2 of the following:"
                "\n      1.1.1. an event with SKS code A."
                "\n      1.1.2. an event with SKS code B."
            ),
            (
                "1. følgende gælder ikke:\n   1.1. mindst 2 af følgende kriterier:"
                "\n      1.1.1. en hændelse med SKS-koden A."
                "\n      1.1.2. en hændelse med SKS-koden B."
            ),
        ),
    ],
)
def test_relations_in_words(criterion, english, danish):
    question = Question(criteria=(criterion,))

    assert describe(question, "en").split("\n", 2)[2] == english
    assert describe(question, "da").split("\n", 2)[2] == danish


@pytest.mark.parametrize(
    ("asked", "english", "danish"),
    [
        ({"birth_year": {"minimum": 1950}}, "born in 1950 or later", "eller senere"),
        ({"birth_year": {"maximum": 1950}}, "born in 1950 or earlier", "tidligere"),
        (
            {"birth_year": {"minimum": 1950, "maximum": 1950}},
            "born in 1950",
            "født i 1950",
        ),
        (
            {"birth_year": {"minimum": 1950, "maximum": 1960}},
            "born from 1950 to 1960",
            "født i årene 1950 til og med 1960",
        ),
        (
            {"observed": {"from_date": "2010-01-01", "to_date": "2019-12-31"}},
            (
                "under observation without a gap from 1 January 2010 to 31 December"
                " 2019 inclusive"
            ),
            (
                "under observation uden afbrydelse fra den 1. januar 2010 til og med"
                " den 31. december 2019"
            ),
        ),
        (
            {"observed": {"days_before": 365}},
            (
                "under observation without a gap from 365 days before the index event"
                " to the day of the index event inclusive"
            ),
            (
                "under observation uden afbrydelse fra 365 dage før indekshændelsen til"
                " og med dagen for indekshændelsen"
            ),
        ),
    ],
)
def test_population_in_words(asked, english, danish):
    question = Question(population=asked, index=A)

    assert describe(question, "en").splitlines()[0].endswith(f"{english}.")
    assert describe(question, "da").splitlines()[0].endswith(f"{danish}.")


def test_choice_of_the_index_event_in_words():
    question = Question(
        index=A,
        index_observed=Observed(days_before=365),
        index_rule="first_that_fits",
        criteria=(
            Within(criterion=B, from_days=None, to_days=-1, observed=True),
            Within(criterion=B, from_days=None, to_days=None, observed=True),
        ),
    )

    assert describe(question, "en").splitlines()[1:] == [
        (
            "Index event (day 0): the first event with SKS code A; only events under"
            " observation from 365 days before the event itself to the day of the event"
            " itself inclusive are considered; of these, the first with which"
            " everything in this question is met."
        ),
        "Criteria, all of which must be met:",
        (
            "1. an event with SKS code B, at any time up to and including 1 day before"
            " the index event, in the same period of observation as the index event."
        ),
        (
            "2. an event with SKS code B, at any time, in the same period of"
            " observation as the index event."
        ),
    ]
    assert describe(question, "da").splitlines()[1:3] == [
        (
            "Indekshændelse (dag 0): den første hændelse med SKS-koden A; kun hændelser"
            " under observation fra 365 dage før selve hændelsen til og med dagen for"
            " selve hændelsen tages med; af dem den første, hvormed alt i dette"
            " spørgsmål er opfyldt."
        ),
        "Kriterier, som alle skal være opfyldt:",
    ]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (Question(index=A, index_rule="first_that_fits"), "index_rule"),
        (Question(index=A, index_observed=Observed(days_before=1)), "index_observed"),
        (
            Question(
                index=A,
                criteria=(Within(criterion=B, from_days=0, to_days=1, observed=True),),
            ),
            "criteria[0].observed",
        ),
    ],
)
def test_the_open_tier_does_not_answer_for_chosen_index_events(question, place):
    refused = refusals(question, policy().grammar)

    assert f"{place}: the open tier does not answer this; leave it out" in refused


@pytest.mark.parametrize("criterion", [AROUND, DURING, CONTACT, SEQUENCE, TWO_OF])
def test_the_open_tier_answers_none_of_them_yet(criterion):
    refused = refusals(Question(criteria=(criterion,)), policy().grammar)

    assert "criteria[0]: the open tier does not answer this; leave it out" in refused


def test_old_questions_keep_their_digest():
    question = Question(index=EventCriterion(codes=CodeList.of("SKS", "DE11*")))

    assert question.digest == (
        "4ec94ba76912bf5113348ee763e4139ed9aeae1b7bb0b2ff4ee782ae891f0bbf"
    )
