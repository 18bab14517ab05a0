"""Bands beside codes: counted once, with noise, for everybody the same."""

import json

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from enclave.audit import log
from enclave.disclosure.accounting import rho
from enclave.disclosure.policy import policy
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.feasibility import code_bands
from enclave.feasibility.code_bands import (
    CODES_PER_PERSON,
    LIMITS,
    SIGMA,
    Band,
    release,
    released_bands,
)
from enclave.feasibility.code_counts import persons_per_code
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.feasibility_tables import CodeBandRelease
from tests.builders.projects import at, cast
from tests.builders.small_hospital import load_small_hospital


LEVELS = policy().grammar.code_systems


@pytest.fixture(scope="session")
def loaded(tmp_path_factory) -> Settings:
    return load_small_hospital(tmp_path_factory.mktemp("bands"))


@pytest.fixture
def staff(store: Database) -> Database:
    cast(store)
    return store


def test_every_listed_code_of_the_level_is_counted(snapshot):
    assert persons_per_code(snapshot, LEVELS, codes_per_person=64) == {
        ("SKS", "DE11"): 3,
        ("SKS", "DI10"): 2,
        ("NPU", "NPU19748"): 4,
    }


def test_exact_levels_and_none(snapshot):
    every = {"SKS": "exact"}

    found = persons_per_code(snapshot, every, codes_per_person=64)
    assert found["SKS", "DE110"] == 2
    # Codes that stand in the classification alone are there too, with nobody.
    assert found["SKS", "DE11"] == 0
    assert persons_per_code(snapshot, {}, codes_per_person=64) == {}


def test_a_person_counts_in_so_many_codes(snapshot):
    found = persons_per_code(snapshot, LEVELS, codes_per_person=1)

    # All six persons have a code, and each counts once.
    assert sum(found.values()) == 6


def test_a_release_spends_as_much_as_four_questions():
    spent = CODES_PER_PERSON * rho(1, sigma=SIGMA)

    assert spent == pytest.approx(rho(4, sigma=policy().sigma))
    assert LIMITS[0] >= 2 * SIGMA


@pytest.mark.parametrize(
    ("noisy", "band"),
    [
        (-90, Band(None, 100)),
        (99, Band(None, 100)),
        (100, Band(100, 1_000)),
        (999, Band(100, 1_000)),
        (1_000, Band(1_000, 10_000)),
        (10_000, Band(10_000, None)),
    ],
)
def test_bands(noisy: int, band: Band):
    assert Band.of(noisy) == band


def test_nothing_is_shown_before_the_release(loaded: Settings, staff: Database):
    assert released_bands(staff, 1) == {}
    release(loaded, staff, "mads", clock=at())

    assert released_bands(staff, 2) == {}
    assert {*released_bands(staff, 1)} == {
        ("SKS", "DE11"),
        ("SKS", "DI10"),
        ("NPU", "NPU19748"),
    }


def test_noise_is_drawn_once(loaded: Settings, staff: Database):
    assert release(loaded, staff, "mads", clock=at()) == 1
    with staff.begin() as session:
        first = session.get_one(CodeBandRelease, 1).noisy
    assert release(loaded, staff, "mads", clock=at()) == 1

    with staff.begin() as session:
        assert session.get_one(CodeBandRelease, 1).noisy == first
        events = log.latest(session, 100, subject="snapshot:1")
    assert [one["details"] for one in events] == [
        {"codes": 3, "sigma": SIGMA, "codes_per_person": CODES_PER_PERSON}
    ]
    assert {*json.loads(first)} == {"NPU", "SKS"}


def test_whoever_was_first_counts(loaded: Settings, staff: Database, monkeypatch):
    """A second process releases while the first one still counts."""
    count = code_bands.persons_per_code

    def slowly(*words, **more):
        monkeypatch.setattr(code_bands, "persons_per_code", count)
        release(loaded, staff, "mads", clock=at())
        return dict.fromkeys(count(*words, **more), 10**9)

    monkeypatch.setattr(code_bands, "persons_per_code", slowly)
    release(loaded, staff, "mads", clock=at())

    assert Band(10_000, None) not in released_bands(staff, 1).values()
    with staff.begin() as session:
        assert len(log.latest(session, 100, subject="snapshot:1")) == 1


def test_a_release_cannot_be_changed_in_the_database(loaded: Settings, staff: Database):
    release(loaded, staff, "mads", clock=at())

    for statement in (
        update(CodeBandRelease).values(noisy="{}"),
        delete(CodeBandRelease),
    ):
        with pytest.raises(DBAPIError, match="append-only"), staff.begin() as session:
            session.execute(statement)


def test_only_data_managers_release(
    loaded: Settings, settings: Settings, staff: Database
):
    with pytest.raises(PolicyRefusal, match="rikke is no data manager"):
        release(loaded, staff, "rikke", clock=at())
    with pytest.raises(NotFoundError, match="no data to ask about yet"):
        release(settings, staff, "mads", clock=at())
    assert released_bands(staff, 1) == {}
