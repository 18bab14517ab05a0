"""Hypothesis strategies: small hospitals, and questions that nearly fit them.

Everything is drawn from a few codes, days and values, so that ties, duplicates and
boundaries are the rule and not the exception.
"""

from datetime import date, timedelta

from hypothesis import strategies as st

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    CodeEntry,
    CodeList,
    DateRange,
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
from tests.properties.cohort.generated_values import NUMBERS, UNITS, values


CODES = ["A", "AB", "AB1", "AB10", "B", "Æ", "ÆA", "%"]
SYSTEMS = ["SKS", "NPU"]
TABLES = ["diagnosis", "lab"]
# AB and what is below it; B has a system of its own.
ANCESTORS = [
    {"code": code, "code_system": system, "ancestor": ancestor}
    for code, system, ancestor in [
        ("AB", "SKS", "AB"),
        ("AB1", "SKS", "AB"),
        ("Æ", "SKS", "AB"),
        ("B", "NPU", "AB"),
        ("ÆA", "SKS", "Æ"),
        (None, "SKS", "AB"),
    ]
]
# Round a leap day, and round the turn of a year.
DAYS = [
    anchor + timedelta(days=offset)
    for anchor in (date(2020, 2, 29), date(2019, 12, 31))
    for offset in (-30, -2, -1, 0, 1, 2, 30)
]
BIRTHS = [date(2000, 2, 29), date(2000, 3, 1), date(1999, 12, 31), date(2020, 2, 28)]

days = st.sampled_from(DAYS)
some = st.sampled_from


def rarely(strategy):
    """Draw from the strategy once in four times, and else nothing."""
    return st.integers(0, 3).flatmap(lambda n: strategy if n == 3 else st.none())


def people(count):
    row = st.fixed_dictionaries(
        {
            "sex": some(["female", "male", None]),
            "birth_date": some([*BIRTHS, None]),
            "death_date": st.none() | days,
        }
    )
    return st.lists(row, min_size=count, max_size=count).map(
        lambda rows: [{"person": key, **row} for key, row in enumerate(rows, start=1)]
    )


def events(persons):
    return st.lists(
        st.fixed_dictionaries(
            {
                # One more person than there is: an orphan.
                "person": st.integers(1, persons + 1),
                "table": some(TABLES),
                "code": some([*CODES, *CODES, None]),
                "code_system": some([*["SKS"] * 6, "NPU", None]),
                "date": some([*DAYS, None]),
                "end_date": some([*DAYS, None]),
                "value": some([*NUMBERS, None, float("nan")]),
                "operator": some([None, None, "=", "<", "<=", ">", ">=", "~"]),
                "unit": some([*UNITS, None]),
                "low": some([*NUMBERS, None, float("nan")]),
                "high": some([*NUMBERS, None]),
                "source": some(["one", "other", None]),
                "contact": some(["1", "2", "3", None]),
            }
        ),
        min_size=10,
        max_size=40,
    ).map(lambda rows: rows + rows[:2])


def ranges():
    ordered = st.tuples(days, days).map(sorted)
    return st.one_of(
        days.map(lambda day: DateRange(start=day)),
        days.map(lambda day: DateRange(end=day)),
        ordered.map(lambda pair: DateRange(start=pair[0], end=pair[1])),
    )


MATCHES = ["exact", "prefix", "prefix", "descendants"]


def code_lists(matches=MATCHES):
    # Nothing is filtered out: of a list of questions, hardly one would be left.
    entries = st.lists(
        st.builds(
            CodeEntry,
            code=some(["A", *CODES]),
            match=some(matches),
            exclude=some([False, False, False, True]),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda entry: (entry.code, entry.match),
    ).map(including_one)
    systems = some([*["SKS"] * 5, "NPU"])
    return st.builds(CodeList, system=systems, entries=entries.map(tuple))


def including_one(entries):
    if not all(entry.exclude for entry in entries):
        return entries
    return [entries[0].model_copy(update={"exclude": False}), *entries[1:]]


PICKS = [{"pick": each} for each in ("first", "last", "first_ever", "last_ever")]
ONE = [*[{}] * 6, *PICKS]
SOME = [*ONE, {"at_least": 2}, {"at_least": 3}, {"at_least_days": 2}]
SOME += [*SOME[-3:], {"at_least": 3, "at_least_days": 2}]


def criteria(*, numbers=SOME):
    anywhere = _criteria(code_lists(), numbers)
    # Without a code system only the table says whose codes they are.
    in_table = st.tuples(
        _criteria(code_lists(MATCHES[:-1]), numbers), some(TABLES)
    ).map(
        lambda drawn: drawn[0].model_copy(
            update={
                "table": drawn[1],
                "codes": drawn[0].codes.model_copy(update={"system": None}),
            }
        )
    )
    return anywhere | anywhere | in_table


def _criteria(codes, numbers):
    return st.tuples(
        st.builds(
            EventCriterion,
            codes=codes,
            table=rarely(some(TABLES)),
            value=rarely(values()),
            dates=rarely(ranges()),
            abnormal=rarely(some(["low", "high", "low_or_high"])),
            sources=rarely(some([("one",), ("one", "other")])),
        ),
        some(numbers),
    ).map(lambda drawn: drawn[0].model_copy(update=drawn[1]))


def bounded_windows():
    near = some([-60, -30, -2, -1, 0, 1, 2, 30, 60])
    closed = st.tuples(near, near).map(sorted).map(tuple)
    open_ended = near.map(lambda day: (day, None)) | near.map(lambda day: (None, day))
    return st.tuples(
        criteria(), closed | closed | open_ended, rarely(st.just(value=True))
    ).map(
        lambda drawn: Within(
            criterion=drawn[0],
            from_days=drawn[1][0],
            to_days=drawn[1][1],
            observed=drawn[2],
        )
    )


def windows():
    within = bounded_windows()
    always = criteria().map(
        lambda event: Within(
            criterion=event, from_days=None, to_days=None, observed=True
        )
    )
    return within | within | within | always


def contacts():
    return st.builds(SameContact, criterion=criteria(), anchor=criteria(numbers=ONE))


def around():
    return st.tuples(bounded_windows(), criteria(numbers=ONE)).map(
        lambda drawn: Around(
            criterion=drawn[0].criterion,
            from_days=drawn[0].from_days,
            to_days=drawn[0].to_days,
            anchor=drawn[1],
        )
    )


def sequences():
    gaps = st.sampled_from(
        [
            (least, most)
            for least in (0, 1, 2, 30)
            for most in (0, 1, 30, 60, 400, None)
            if most is None or least <= most
        ]
    )
    steps = st.lists(criteria(numbers=ONE), min_size=2, max_size=3)
    return st.tuples(steps, gaps).map(
        lambda drawn: Sequence(
            steps=tuple(drawn[0]), from_days=drawn[1][0], to_days=drawn[1][1]
        )
    )


def related():
    during = st.builds(During, criterion=criteria(), anchor=criteria(numbers=ONE))
    return around() | during | contacts() | sequences()


def trees(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(
                lambda parts: AllOf(criteria=tuple(parts))
            ),
            st.lists(inner, min_size=1, max_size=3).map(
                lambda parts: AnyOf(criteria=tuple(parts))
            ),
            inner.map(lambda part: Not(criterion=part)),
            st.lists(inner, min_size=2, max_size=3).map(
                lambda parts: AtLeastOf(number=2, criteria=tuple(parts))
            ),
        ),
        max_leaves=4,
    )


def populations(moments):
    ages = st.tuples(some([0, 18, 19, 20]), some([0, 18, 19, 20]), moments).map(
        lambda drawn: AgeRange(
            minimum=min(drawn[:2]), maximum=max(drawn[:2]), at=drawn[2]
        )
    )
    half_open = st.builds(AgeRange, minimum=some([18, 19, 20]), at=moments) | st.builds(
        AgeRange, maximum=some([18, 19, 20]), at=moments
    )
    return st.builds(
        Population,
        sex=rarely(some(["female", "male"])),
        age=rarely(ages | half_open),
        born=rarely(ranges() | some(BIRTHS).map(lambda day: DateRange(end=day))),
        alive_at=rarely(moments),
        birth_year=rarely(
            some([YearRange(minimum=2000), YearRange(minimum=1999, maximum=2000)])
        ),
        observed=rarely(moments.flatmap(observed)),
    )


def observed(moment):
    if moment == "index":
        few = some([None, 0, 1, 30])
        return st.tuples(some([0, 1, 30]), few).map(
            lambda drawn: Observed(days_before=drawn[0], days_after=drawn[1])
        )
    return st.tuples(days, days).map(
        lambda drawn: Observed(from_date=min(drawn), to_date=max(drawn))
    )


def periods(persons):
    row = st.fixed_dictionaries(
        {
            "person": st.integers(1, persons + 1),
            "from_date": some([*DAYS[:7], DAYS[0] - timedelta(days=400), None]),
            "to_date": some([*DAYS, *[DAYS[0] + timedelta(days=400)] * 9, None]),
        }
    )
    return st.lists(row, max_size=8)


def questions():
    without_index = st.builds(
        Question,
        population=populations(days),
        criteria=st.lists(trees(criteria() | related()), max_size=2).map(tuple),
    )
    with_index = st.builds(
        Question,
        population=populations(days | st.just("index")),
        index=criteria(numbers=ONE),
        index_observed=rarely(observed("index")),
        index_rule=rarely(st.just("first_that_fits")),
        criteria=st.lists(trees(windows() | criteria() | related()), max_size=2).map(
            tuple
        ),
    )
    return st.integers(0, 2).flatmap(lambda n: with_index if n else without_index)


hospitals = st.integers(2, 6).flatmap(
    lambda count: st.tuples(people(count), events(count))
)
