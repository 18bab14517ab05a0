"""Warm parents that keep ending are put on record, and each that left something."""

import pytest

from enclave.archive.deaths_of_parents import DeathsOfParents
from enclave.audit import log
from enclave.sandbox.description import Account
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade


ACCOUNT, OTHER = Account(200_001, 200_001), Account(200_002, 200_002)


def test_it_is_on_record_each_time_it_has_doubled(tmp_path):
    settings = Settings.at(tmp_path)
    database = Database(settings.database_url)
    upgrade(database)
    deaths = DeathsOfParents(settings)
    for _ in range(13):
        deaths.one_more(ACCOUNT, "python-2026.12")
    for _ in range(2):
        deaths.one_more(OTHER, "python-2026.12")
    with database.begin() as session:
        found = list(log.entries(session))
        log.verify(session)
    database.dispose()
    assert {each["action"] for each in found} == {"alarm.parent"}
    assert {each["subject"] for each in found} == {"kernel:python-2026.12"}
    told = [each["details"] for each in found]
    assert told == [{"account": ACCOUNT.uid, "times": n} for n in (3, 6, 12)]


def test_a_record_that_cannot_be_written_keeps_nobody_from_working(tmp_path, caplog):
    deaths = DeathsOfParents(Settings.at(tmp_path))  # its database has no tables
    for _ in range(3):
        deaths.one_more(ACCOUNT, "papermill")
    assert "could not be put on record" in caplog.text


@pytest.mark.parametrize("times", [1, 2])
def test_one_can_be_killed_without_a_record(tmp_path, times, caplog):
    deaths = DeathsOfParents(Settings.at(tmp_path))
    for _ in range(times):
        deaths.one_more(ACCOUNT, "papermill")
    assert "could not" not in caplog.text


def test_what_was_left_behind_is_on_record_as_that(tmp_path):
    settings = Settings.at(tmp_path)
    database = Database(settings.database_url)
    upgrade(database)
    deaths = DeathsOfParents(settings)
    deaths.left_behind(ACCOUNT, "python-2026.12", "after a fork")
    with database.begin() as session:
        (found,) = log.entries(session)
    database.dispose()
    assert (found["action"], found["subject"]) == (
        "alarm.left_behind",
        "kernel:python-2026.12",
    )
    assert found["details"] == {"account": ACCOUNT.uid, "seen": "after a fork"}
