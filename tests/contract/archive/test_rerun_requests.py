"""Many who ask at once get numbers of their own, on either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from enclave.archive.rerun_request import Wish, ask, of_analysis
from enclave.audit import log
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.database import Database
from tests.builders import projects
from tests.builders.projects import NOW, at


ANALYSIS = "PAC2026Rikke_survival"
ASKERS = 6


@pytest.fixture
def archive(store: Database) -> Database:
    projects.cast(store)
    projects.project(store)
    with store.begin() as session:
        session.add(
            ArchivedAnalysis(
                id=ANALYSIS,
                content_key="a" * 64,
                project_number=1,
                account="rikke",
                title="Survival",
                kernel="python-2026.12",
                delivery_version=1,
                snapshot=1,
                manifest_digest="e" * 64,
                publishable=False,
                archived=NOW,
            )
        )
    return store


def _numbers(
    archive: Database, keys: list[str | None], *, once: bool = False
) -> list[int]:
    def request(key: str | None) -> int:
        with archive.begin() as session:
            wish = Wish("karen", key, once=once)
            return ask(session, ANALYSIS, wish, clock=at()).number

    with ThreadPoolExecutor(ASKERS) as askers:
        return sorted(askers.map(request, keys))


def test_requests_with_keys_of_their_own_are_numbered_without_gaps(archive):
    numbers = _numbers(archive, [f"journal-{n}" for n in range(ASKERS)])

    assert numbers == [1, 2, 3, 4, 5, 6]
    with archive.begin() as session:
        assert len(of_analysis(session, ANALYSIS)) == ASKERS
        log.verify(session)


@pytest.mark.parametrize("key", ["journal-7", None])
def test_one_request_asked_for_many_times_at_once_is_one(archive, key):
    assert _numbers(archive, [key] * ASKERS) == [1] * ASKERS


def test_a_button_pressed_many_times_at_once_asks_once(archive):
    keys = [f"press-{n}" for n in range(ASKERS)]
    assert _numbers(archive, keys, once=True) == [1] * ASKERS


def test_what_was_recorded_is_read_back(archive):
    with archive.begin() as session:
        record = ask(session, ANALYSIS, Wish("karen"), clock=at())
    with archive.begin() as session:
        (read,) = of_analysis(session, ANALYSIS)
        analysis = session.get_one(ArchivedAnalysis, ANALYSIS)

    assert (read.requested, read.completed) == (record.requested, None)
    assert analysis.archived == NOW
    assert analysis.publishable is False
