"""What ATLAS can say goes out and comes back as the same question."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.atlas.vocabulary import DOMAINS, UNITS
from enclave.cohort.atlas.writing import write_definition
from enclave.cohort.question import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    EventCriterion,
    Not,
    Question,
    SameContact,
    Within,
)
from tests.properties.cohort.generation import ranges, rarely


some = st.sampled_from
CODES = ["201826", "4058243", "1503297", "3004410"]
MEASURED = [domain.table for domain in DOMAINS.values() if domain.has_values]
OTHERS = [domain.table for domain in DOMAINS.values() if not domain.has_values]


def code_lists():
    entries = st.lists(
        st.builds(
            CodeEntry,
            code=some(CODES),
            match=some(["exact", "descendants"]),
            exclude=some([False, False, True]),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda entry: (entry.code, entry.match),
    ).filter(lambda entries: not all(entry.exclude for entry in entries))
    return entries.map(lambda found: CodeList(system="OMOP", entries=tuple(found)))


def values():
    units = st.none() | some(sorted(UNITS.values()))
    numbers = some([-1.0, 0.0, 4.5, 48.0])
    comparison = st.builds(
        Comparison,
        operator=some(["<", "<=", ">", ">=", "="]),
        threshold=numbers,
        unit=units,
    )
    between = st.tuples(numbers, numbers, units).map(
        lambda drawn: Between(lower=min(drawn[:2]), upper=max(drawn[:2]), unit=drawn[2])
    )
    return comparison | between


def events(numbers=({}, {}, {"at_least": 2}, {"at_least_days": 3})):
    plain = {
        "codes": code_lists(),
        "dates": rarely(ranges()),
        "sources": rarely(some([("38000175",), ("32020", "32817")])),
    }
    unmeasured = st.builds(EventCriterion, table=some(OTHERS), **plain)
    measured = st.builds(
        EventCriterion,
        table=some(MEASURED),
        value=rarely(values()),
        abnormal=rarely(some(["low", "high", "low_or_high"])),
        **plain,
    )
    how_often = some([*numbers, {"pick": "first_ever"}])
    return st.tuples(unmeasured | measured, how_often).map(
        lambda drawn: drawn[0].model_copy(update=drawn[1])
    )


ENDS = some([(-30, 0), (0, 0), (1, 365), (None, -1), (0, None)])


def leaves():
    within = st.tuples(events(), ENDS, some([None, True])).map(
        lambda drawn: Within(
            criterion=drawn[0],
            from_days=drawn[1][0],
            to_days=drawn[1][1],
            observed=drawn[2],
        )
    )
    always = events().map(
        lambda event: Within(
            criterion=event, from_days=None, to_days=None, observed=True
        )
    )
    around = st.tuples(events(), events(numbers=({},)), ENDS).map(
        lambda drawn: Around(
            criterion=drawn[0],
            anchor=drawn[1],
            from_days=drawn[2][0],
            to_days=drawn[2][1],
        )
    )
    contact = st.builds(SameContact, criterion=events(), anchor=events(numbers=({},)))
    found = events() | within | always | around | contact
    return found | found.map(lambda leaf: Not(criterion=leaf))


def groups():
    # ATLAS keeps single criteria before groups, and a not of a group as "at most".
    parts = st.lists(leaves(), min_size=2, max_size=3).map(tuple)
    plain = st.one_of(
        parts.map(lambda found: AllOf(criteria=found)),
        parts.map(lambda found: AnyOf(criteria=found)),
        parts.map(lambda found: AtLeastOf(number=2, criteria=found)),
    )
    none = parts.map(lambda found: Not(criterion=AnyOf(criteria=found)))
    return plain | none


@st.composite
def questions(draw):
    index = draw(events(numbers=({},)))
    criteria = tuple(draw(st.lists(leaves() | groups(), max_size=3)))
    age = draw(st.none() | some([{"minimum": 18}, {"minimum": 18, "maximum": 64}]))
    fits = index.pick is None and (criteria or age) and draw(st.booleans())
    return Question(
        population={
            "sex": draw(some([None, "female", "male"])),
            "age": age and age | {"at": "index"},
        },
        index=index,
        index_observed={
            "days_before": draw(some([0, 365])),
            "days_after": draw(some([0, 30])),
        },
        index_rule="first_that_fits" if fits else None,
        criteria=criteria,
    )


def without_names(question):
    return json.loads(
        question.model_dump_json(),
        object_hook=lambda found: {
            name: value for name, value in found.items() if name != "name"
        },
    )


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(question=questions())
def test_what_atlas_can_say_comes_back(question):
    again = read_definition(write_definition(question).text).question

    assert without_names(again) == without_names(question)
