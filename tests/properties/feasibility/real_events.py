"""Hypothesis strategies: event criteria made of what a warehouse really holds."""

from copy import copy

from hypothesis import strategies as st

from enclave.cohort.question import (
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
)
from enclave.cohort.units import SCALE, units_of


PICKS = [{"pick": each} for each in ("first", "last", "first_ever", "last_ever")]
NUMBERS = [{}, {}, {}, {"at_least": 2}, {"at_least": 3}]
DAYS = [{"at_least_days": 2}, {"at_least": 3, "at_least_days": 2}]


def some(values):
    """Draw one of these values.

    ``sampled_from`` writes all of them into its name, which Hypothesis asks for in the
    middle of a draw when a tree of criteria grew too large; of hundreds of events that
    is slow, and the warning about it ends the draw, once, as if drawing were random.
    """
    values = list(values)
    return st.integers(0, len(values) - 1).map(lambda place: values[place])


def rarely(strategy):
    """Draw from the strategy once in eight times, and else nothing."""
    return st.integers(0, 7).flatmap(lambda n: strategy if n == 7 else st.none())


class Pool:
    """What questions are made of: events of the warehouse, drawn evenly by code.

    Attributes
    ----------
    plain
        True to ask for nothing but codes, values, numbers and dates.
    """

    def __init__(self, connection):
        self.plain = False
        self.events = connection.sql(
            'SELECT DISTINCT ON ("table", code_system, code, date IS NULL)'
            ' "table", code_system AS system, code, date, value, unit, source,'
            " coalesce(low, high) AS limit FROM events"
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
        self.sources = sorted({each["source"] for each in self.events} - {None})
        self.ancestors = ancestors_of(connection)
        self.above = sorted(
            {(row["code_system"], row["ancestor"]) for row in self.ancestors}
        )

    def plainly(self):
        """Return a pool of the same events, of which plain questions are made."""
        same = copy(self)
        same.plain = True
        return same


def ancestors_of(connection):
    """Return the codes below others that anybody has, as far as there are any."""
    found = connection.sql(
        "SELECT 1 FROM duckdb_views() WHERE view_name = 'code_ancestor'"
    ).fetchall()
    if not found:
        return []
    return (
        connection.sql(
            "SELECT DISTINCT code, code_system, ancestor FROM code_ancestor"
            " SEMI JOIN events USING (code, code_system) ORDER BY ALL"
        )
        .to_arrow_table()
        .to_pylist()
    )


def criteria(pool, *, one=False):
    """Draw criteria, of one event or of several, that are near an event of the pool."""
    numbers = [{}] if one else NUMBERS
    if not pool.plain:
        numbers = [{}, {}, {}, {}, *PICKS] if one else [*NUMBERS, *DAYS, *PICKS]

    def around(event):
        anywhere = st.builds(
            EventCriterion,
            codes=code_lists(pool, event),
            table=st.none() if event["system"] else st.just(event["table"]),
            value=values(pool, event),
            dates=rarely(ranges(pool.dates)),
            sources=rarely(sources(pool, event)),
            abnormal=rarely(abnormal(pool, event)),
        )
        return st.tuples(anywhere, some(numbers)).map(
            lambda drawn: drawn[0].model_copy(update=drawn[1])
        )

    return (some(pool.events) | some(pool.measured or pool.events)).flatmap(around)


def sources(pool, event):
    own = {event["source"]} - {None}
    if pool.plain or not pool.sources:
        return st.none()
    return some(pool.sources).map(lambda other: tuple(sorted(own | {other})))


def abnormal(pool, event):
    if pool.plain or event["limit"] is None:
        return st.none()
    return some(["low", "high", "low_or_high"])


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
    spelt = st.builds(entries, lengths, others, out)
    if pool.plain or not pool.above:
        return spelt
    return st.one_of(spelt, spelt, spelt, below(pool))


def below(pool):
    """Draw all codes below one, perhaps without those below another."""

    def entries(top, out):
        taken = [CodeEntry(code=top[1], match="descendants")]
        if out and out != top:
            taken.append(CodeEntry(code=out[1], match="descendants", exclude=True))
        return CodeList(system=top[0], entries=tuple(taken))

    return st.builds(entries, some(pool.above), rarely(some(pool.above)))


def values(pool, event):
    if event["value"] is None:
        return st.none()
    asked = some(units(pool, event))
    near = some([event["value"] * factor for factor in (0.5, 0.9, 1.0, 1.1, 2.0)])
    comparison = st.builds(
        lambda operator, threshold, unit: Comparison(
            operator=operator, threshold=threshold, **unit
        ),
        some(["<", "<=", ">", ">=", "="]),
        near,
        asked,
    )
    between = st.tuples(near, near, asked).map(
        lambda drawn: Between(lower=min(drawn[:2]), upper=max(drawn[:2]), **drawn[2])
    )
    return st.none() | comparison | between


def units(pool, event):
    asked = [{}, {}, {"unit": event["unit"]}]
    if pool.plain:
        return asked
    if event["unit"] in units_of(SCALE):
        asked.append({"unit": event["unit"], "convert": SCALE})
    if event["unit"] in units_of("glucose"):
        asked.append({"unit": event["unit"], "convert": "glucose"})
    return asked


def ranges(days):
    ordered = st.tuples(some(days), some(days)).map(sorted)
    return (
        some(days).map(lambda day: DateRange(start=day))
        | some(days).map(lambda day: DateRange(end=day))
        | ordered.map(lambda pair: DateRange(start=pair[0], end=pair[1]))
    )
