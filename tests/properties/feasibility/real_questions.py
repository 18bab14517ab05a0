"""Hypothesis strategies: questions made of what a warehouse really holds."""

from datetime import timedelta

from hypothesis import strategies as st

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    During,
    Not,
    Observed,
    Population,
    Question,
    SameContact,
    Sequence,
    Within,
    YearRange,
)
from tests.properties.feasibility.real_events import (
    criteria,
    ranges,
    rarely,
    some,
)


DAYS = [-3650, -365, -90, -1, 0, 1, 30, 90, 365, 3650]


def questions(pool):
    """Draw questions whose criteria are each met by somebody.

    Half of them are plain, so that the index answers them whatever else it leaves to
    the engine.
    """
    return _questions(pool.plainly()) | _questions(pool)


def _questions(pool):
    moments = some(pool.dates)
    leaves = criteria(pool)
    if not pool.plain:
        leaves = st.one_of(leaves, leaves, related(pool))
    plain = st.builds(
        Question,
        population=populations(pool, moments),
        criteria=several(leaves, pool),
    )
    timed = st.builds(
        Question,
        population=populations(pool, moments | st.just("index")),
        index=criteria(pool, one=True),
        index_observed=st.none() if pool.plain else rarely(observed("index")),
        index_rule=st.none() if pool.plain else rarely(st.just("first_that_fits")),
        criteria=several(st.one_of(windows(pool), windows(pool), leaves), pool),
    )
    return plain | timed | timed


def several(leaves, pool):
    return st.lists(trees(leaves, plain=pool.plain), min_size=1, max_size=3).map(tuple)


def ends():
    closed = st.tuples(some(DAYS), some(DAYS)).map(sorted).map(tuple)
    half_open = some(DAYS).map(lambda day: (day, None)) | some(DAYS).map(
        lambda day: (None, day)
    )
    return closed | half_open


def windows(pool):
    observed = st.none() if pool.plain else rarely(st.just(value=True))
    return st.tuples(criteria(pool), ends(), observed).map(
        lambda drawn: Within(
            criterion=drawn[0],
            from_days=drawn[1][0],
            to_days=drawn[1][1],
            observed=drawn[2],
        )
    )


def related(pool):
    """Draw events that are asked for by how they lie to other events."""
    other = criteria(pool, one=True)
    around = st.tuples(criteria(pool), other, ends()).map(
        lambda drawn: Around(
            criterion=drawn[0],
            anchor=drawn[1],
            from_days=drawn[2][0],
            to_days=drawn[2][1],
        )
    )
    during = st.builds(During, criterion=criteria(pool), anchor=other)
    gaps = st.tuples(some([0, 1, 30]), some([30, 365, 3650, None]))
    sequence = st.tuples(st.lists(other, min_size=2, max_size=3), gaps).map(
        lambda drawn: Sequence(
            steps=tuple(drawn[0]), from_days=drawn[1][0], to_days=drawn[1][1]
        )
    )
    contact = st.builds(SameContact, criterion=criteria(pool), anchor=other)
    return around | during | contact | sequence


def trees(leaves, *, plain):
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
            *([] if plain else [at_least_two(inner)]),
        ),
        max_leaves=3,
    )


def at_least_two(inner):
    return st.lists(inner, min_size=2, max_size=3).map(
        lambda parts: AtLeastOf(number=2, criteria=tuple(parts))
    )


def populations(pool, moments):
    ages = st.tuples(some([0, 18, 40, 65]), some([18, 65, 80, 130]), moments).map(
        lambda drawn: AgeRange(
            minimum=min(drawn[:2]), maximum=max(drawn[:2]), at=drawn[2]
        )
    )
    births = [*pool.births, *(day + timedelta(days=1) for day in pool.births)]
    years = st.tuples(some(pool.births), some(pool.births)).map(
        lambda days: YearRange(minimum=min(days).year, maximum=max(days).year)
    )
    return st.builds(
        Population,
        sex=some([None, None, "female", "male"]),
        age=rarely(ages),
        born=rarely(ranges(sorted(births))),
        alive_at=rarely(moments),
        birth_year=st.none() if pool.plain else rarely(years),
        observed=st.none() if pool.plain else rarely(moments.flatmap(observed)),
    )


def observed(moment):
    if moment == "index":
        return st.builds(
            Observed, days_before=some([0, 1, 365]), days_after=some([None, 0, 30])
        )
    return some([0, 1, 365, 3650]).map(
        lambda days: Observed(from_date=moment, to_date=moment + timedelta(days=days))
    )
