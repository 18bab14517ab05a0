"""The six shapes of questions, once as questions and once as SQL by hand."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.feasibility.source import LABS
from enclave.cohort.question import (
    AgeRange,
    Around,
    CodeList,
    Comparison,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)


LAB, LIMIT = LABS[3], 8.0
FIFTY = LABS[::10]


def _event(system: str, pattern: str, **more: object) -> EventCriterion:
    return EventCriterion(codes=CodeList.of(system, pattern), **more)


DIABETES = _event("SKS", "DE11*")
HYPERTENSION = _event("SKS", "DI10*")
CANCER = _event("SKS", "DC50*")
METFORMIN = _event("ATC", "A10BA*", at_least=2)
HIGH = _event("NPU", LAB, value=Comparison(operator=">", threshold=LIMIT))

PREFIX = Question(criteria=(DIABETES,))
BOOLEAN = Question(criteria=(DIABETES, HYPERTENSION, Not(criterion=CANCER)))
AFTER = Question(
    criteria=(Around(criterion=HIGH, anchor=DIABETES, from_days=0, to_days=90),)
)
INDEXED = Question(
    population=Population(age=AgeRange(minimum=18, maximum=65, at="index")),
    index=DIABETES,
    criteria=(Within(criterion=METFORMIN, from_days=0, to_days=365),),
)
FROM_DIABETES = Question(index=DIABETES, criteria=BOOLEAN.criteria[1:])

SHAPES = {
    "Q1": "any code of a prefix",
    "Q2": "A and B and not C",
    "Q3": "a high result within 90 days after a diagnosis",
    "Q4": "first diagnosis, then two prescriptions in a year, age",
    "Q5": "Q2 by sex and ten years of age, and by year",
    "Q6": "who of Q2 has each of fifty analyses",
}


Rows = list[tuple]
Queries = dict[str, Callable[[], Rows]]


@dataclass(frozen=True)
class Dialect:
    """How an engine writes what engines write differently.

    Attributes
    ----------
    prefix, one, some
        Conditions on the code of a domain: begins with, is, is one of.
    age
        Completed years at ``idx``.
    code
        The column with the code of an analysis.
    """

    prefix: Callable[[str, str], str]
    one: Callable[[str, str], str]
    some: Callable[[str, tuple[str, ...]], str]
    age: str
    code: str = "code"


def by_text(age: str) -> Dialect:
    """Return the dialect of engines in which a code is a text."""
    return Dialect(
        # As a range: every engine can look that up in what is sorted.
        prefix=lambda _, code: (
            f"(code >= '{code}' AND code < '{code[:-1]}{chr(ord(code[-1]) + 1)}')"
        ),
        one=lambda _, code: f"code = '{code}'",
        some=lambda _, codes: f"code IN ({', '.join(map(repr, codes))})",
        age=age,
    )


def sql(dialect: Dialect) -> dict[str, str]:
    """Return the six queries over the tables of the register."""
    diabetes = dialect.prefix("diagnosis", "DE11")
    hypertension = dialect.prefix("diagnosis", "DI10")
    cancer = dialect.prefix("diagnosis", "DC50")
    metformin = dialect.prefix("medication", "A10BA")
    cohort = (
        f"SELECT DISTINCT id FROM diagnosis WHERE {diabetes}"
        f" AND id IN (SELECT id FROM diagnosis WHERE {hypertension})"
        f" AND id NOT IN (SELECT id FROM diagnosis WHERE {cancer})"
    )
    first = f"SELECT id, min(date) AS idx FROM diagnosis WHERE {diabetes} GROUP BY id"
    return {
        "Q1": f"SELECT count(DISTINCT id) FROM diagnosis WHERE {diabetes}",
        "Q2": f"SELECT count(*) FROM ({cohort}) x",
        "Q3": (
            "SELECT count(DISTINCT d.id) FROM"
            f" (SELECT id, date FROM diagnosis WHERE {diabetes}) d JOIN"
            f" (SELECT id, date FROM lab WHERE {dialect.one('lab', LAB)}"
            f" AND value > {LIMIT}) l"
            " ON l.id = d.id AND l.date >= d.date AND l.date <= d.date + 90"
        ),
        "Q4": (
            f"SELECT count(*) FROM (SELECT i.id FROM ({first}) i"
            " JOIN person p ON p.id = i.id"
            f" JOIN (SELECT id, date FROM medication WHERE {metformin}) m"
            " ON m.id = i.id AND m.date >= i.idx AND m.date <= i.idx + 365"
            f" WHERE {dialect.age} BETWEEN 18 AND 65"
            " GROUP BY i.id HAVING count(*) >= 2) x"
        ),
        "Q5": (
            "SELECT sex, decade, year, count(*) FROM (SELECT sex,"
            f" floor({dialect.age} / 10) AS decade, extract(year FROM idx) AS year"
            f" FROM ({first}) i JOIN person USING (id) WHERE id IN ({cohort})) x"
            " GROUP BY GROUPING SETS ((sex, decade), (year))"
        ),
        "Q6": (
            f"SELECT {dialect.code}, count(DISTINCT id) FROM lab"
            f" WHERE {dialect.some('lab', FIFTY)} AND id IN ({cohort}) GROUP BY 1"
        ),
    }


def normal(name: str, rows: Rows) -> object:
    """Write an answer so that those of all engines compare equal."""
    if name == "Q5":
        groups = [(s, int(d), None, n) for s, d, y, n in rows if y is None and d >= 0]
        years = [(None, None, int(y), n) for s, d, y, n in rows if y is not None]
        return sorted(map(str, [*groups, *years]))
    if name == "Q6":
        # Where nobody has an analysis, engines that group have no row.
        return sorted(int(row[-1]) for row in rows if row[-1])
    return int(rows[0][0])
