"""Hypothesis strategies: questions made of what a warehouse really holds."""

from datetime import timedelta

from hypothesis import strategies as st

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)


DAYS = [-3650, -365, -90, -1, 0, 1, 30, 90, 365, 3650]


def some(values):
    """Draw one of these values.

    ``sampled_from`` writes all of them into its name, which Hypothesis asks for in the
    middle of a draw when a tree of criteria grew too large; of hundreds of events that
    is slow, and the warning about it ends the draw, once, as if drawing were random.
    """
    values = list(values)
    return st.integers(0, len(values) - 1).map(lambda place: values[place])


class Pool:
    """What questions are made of: events of the warehouse, drawn evenly by code."""

    def __init__(self, connection):
        self.events = connection.sql(
            'SELECT DISTINCT ON ("table", code_system, code, date IS NULL)'
            ' "table", code_system AS system, code, date, value, unit FROM events'
            " WHERE date IS NOT NULL ORDER BY ALL LIMIT 400"
        ).to_arrow_table()
        self.events = self.events.to_pylist()
        self.measured = [each for each in self.events if each["value"] is not None]
        born = connection.sql(
            "SELECT birth_date FROM person WHERE birth_date IS NOT NULL"
            " ORDER BY hash(person) LIMIT 50"
        ).fetchall()
        self.births = sorted(day for (day,) in born)
        self.dates = sorted({each["date"] for each in self.events})


def questions(pool):
    """Draw questions whose criteria are each met by somebody."""
    moments = some(pool.dates)
    plain = st.builds(
        Question,
        population=populations(pool, moments),
        criteria=st.lists(trees(criteria(pool)), min_size=1, max_size=3).map(tuple),
    )
    timed = st.builds(
        Question,
        population=populations(pool, moments | st.just("index")),
        index=criteria(pool, at_least=(1,)),
        criteria=st.lists(
            trees(windows(pool) | criteria(pool)), min_size=1, max_size=3
        ).map(tuple),
    )
    return plain | timed | timed


def criteria(pool, at_least=(1, 1, 1, 2, 3)):
    def around(event):
        return st.builds(
            EventCriterion,
            codes=code_lists(pool, event),
            table=st.none() if event["system"] else st.just(event["table"]),
            value=values(event),
            dates=st.none() | ranges(pool.dates),
            at_least=some(at_least),
        )

    return (some(pool.events) | some(pool.measured or pool.events)).flatmap(around)


def code_lists(pool, event):
    def entries(length, others, out):
        # No code ends in a space, so neither may a prefix.
        prefix = event["code"][:length].rstrip()
        taken = [CodeEntry(code=prefix, match="prefix")]
        taken += [
            CodeEntry(code=other["code"], match="exact", exclude=other["code"] in out)
            for other in others
        ]
        return CodeList(system=event["system"], entries=tuple(taken))

    others = st.lists(
        some(pool.events), max_size=3, unique_by=lambda other: other["code"]
    )
    out = st.sets(some([each["code"] for each in pool.events]), max_size=2)
    lengths = st.integers(1, len(event["code"])) | st.just(len(event["code"]))
    return st.builds(entries, lengths, others, out)


def values(event):
    if event["value"] is None:
        return st.none()
    near = some([event["value"] * factor for factor in (0.5, 0.9, 1.0, 1.1, 2.0)])
    units = st.none() | st.just(event["unit"])
    comparison = st.builds(
        Comparison,
        operator=some(["<", "<=", ">", ">=", "="]),
        threshold=near,
        unit=units,
    )
    between = st.tuples(near, near, units).map(
        lambda drawn: Between(lower=min(drawn[:2]), upper=max(drawn[:2]), unit=drawn[2])
    )
    return st.none() | comparison | between


def ranges(days):
    ordered = st.tuples(some(days), some(days)).map(sorted)
    return (
        some(days).map(lambda day: DateRange(start=day))
        | some(days).map(lambda day: DateRange(end=day))
        | ordered.map(lambda pair: DateRange(start=pair[0], end=pair[1]))
    )


def windows(pool):
    closed = st.tuples(some(DAYS), some(DAYS)).map(sorted).map(tuple)
    half_open = some(DAYS).map(lambda day: (day, None)) | some(DAYS).map(
        lambda day: (None, day)
    )
    return st.tuples(criteria(pool), closed | half_open).map(
        lambda drawn: Within(
            criterion=drawn[0], from_days=drawn[1][0], to_days=drawn[1][1]
        )
    )


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
        ),
        max_leaves=3,
    )


def populations(pool, moments):
    ages = st.tuples(some([0, 18, 40, 65]), some([18, 65, 80, 130]), moments).map(
        lambda drawn: AgeRange(
            minimum=min(drawn[:2]), maximum=max(drawn[:2]), at=drawn[2]
        )
    )
    births = [*pool.births, *(day + timedelta(days=1) for day in pool.births)]
    return st.builds(
        Population,
        sex=some([None, None, "female", "male"]),
        age=st.none() | st.none() | ages,
        born=st.none() | st.none() | ranges(sorted(births)),
        alive_at=st.none() | st.none() | moments,
    )
