"""How many bytes a plan takes is known, so that what is kept stays within a bound."""

import gc
import tracemalloc
from types import SimpleNamespace

import duckdb
import pytest

from enclave.cohort.criteria import AnyOf, Not, Within
from enclave.cohort.question import CodeEntry, CodeList, EventCriterion, Question
from enclave.feasibility import cohorts
from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.plan import planned, size_of


NUMBER = 2_000


def event(number=1, letter="D"):
    entries = tuple(
        CodeEntry(code=f"{letter}{n:05}", match="exact") for n in range(number)
    )
    return EventCriterion(codes=CodeList(system="SKS", entries=entries))


SHAPES = {
    "one": lambda: Question(criteria=(event(),)),
    "many": lambda: Question(criteria=(event(NUMBER),)),
    "window": lambda: Question(
        index=event(NUMBER, "X"),
        criteria=(Within(criterion=event(100), from_days=0, to_days=30),),
    ),
    "none of": lambda: Question(
        criteria=(Not(criterion=AnyOf(criteria=(event(NUMBER), event(NUMBER, "Y")))),)
    ),
}


def taken(make):
    """Return a plan and how many bytes it and its question take."""
    planned(make())
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        plan = planned(make())
        gc.collect()
        return plan, tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_plan_is_counted_by_what_it_takes(shape):
    plan, truly = taken(SHAPES[shape])

    assert truly <= size_of(plan) <= 3 * truly


@pytest.fixture
def vocabulary():
    """Stand for a snapshot of which nothing is read but which codes are below D."""

    def connect():
        engine = duckdb.connect()
        engine.execute(
            "CREATE TABLE code_ancestor AS SELECT 'SKS' AS code_system,"
            " 'D' AS ancestor, 'D' || i AS code FROM range($1) AS t(i)",
            [NUMBER],
        )
        return engine

    manifest = SimpleNamespace(tables={"code_ancestor": None})
    return SimpleNamespace(digest="d", manifest=manifest, connect=connect)


def test_the_codes_below_others_count_for_what_is_kept(vocabulary, monkeypatch):
    kept = Cache(100 << 20)
    monkeypatch.setattr(cohorts, "_PLANS", kept)
    below = CodeList(system="SKS", entries=(CodeEntry(code="D", match="descendants"),))

    plan = cohorts._kept_plan(
        Question(criteria=(EventCriterion(codes=below),)), vocabulary
    )

    assert len(plan.criteria[0].criterion.codes.entries) == NUMBER + 1
    assert kept.bytes > 500 * NUMBER


def test_the_texts_of_keys_count():
    kept = Cache(10_000)

    kept.get(("plain", "D" * 9_000), lambda: None, lambda _: 0)
    assert 9_000 < kept.bytes < 10_000
    kept.get(("plain", "D" * 10_000), lambda: None, lambda _: 0)
    assert 9_000 < kept.bytes < 10_000
