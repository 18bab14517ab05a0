"""A hub that ended is started again, as long as that is of use."""

from dataclasses import replace

import pytest

from enclave.audit import log
from enclave.errors import HostError
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade
from enclave_hub import start


class OverError(Exception):
    """No more lives were written down, and one more was asked for."""


class Lives:
    """The place of hubs, which last as long as they are told to."""

    log = "hub.log"

    def __init__(self, *lives: float | None) -> None:
        self._lives = list(lives)
        self.started: list[bool] = []
        self.now = 0.0
        self.paused: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.paused.append(seconds)

    def monotonic(self) -> float:
        return self.now

    def __call__(self, _settings: Settings, *, again: bool) -> "Lives":
        self.started.append(again)
        if not self._lives:
            raise OverError
        return self

    def wait_until_ready(self, _seconds: float) -> None:
        if self._lives[0] is None:
            self._lives.pop(0)
            raise HostError("The hub ended while it started")

    def wait(self) -> int:
        self.now += self._lives.pop(0) or 0.0
        return -9

    def stop(self) -> None:
        """It has ended."""


@pytest.fixture
def outlived(tmp_path, monkeypatch):
    # Port 0 is any that is free.
    settings = replace(Settings.at(tmp_path), port=0, workspaces_port=0)

    def outlive(*lives: float | None) -> Lives:
        hubs = Lives(*lives)
        monkeypatch.setattr(start, "HubProcess", hubs)
        monkeypatch.setattr(start, "time", hubs)
        monkeypatch.setattr(start, "_announce", lambda *_: None)
        with pytest.raises((HostError, OverError)) as ended:
            start.keep_running(settings)
        assert ended.type is OverError or "keeps ending" in str(ended.value)
        return hubs

    return outlive


def test_a_hub_that_lasts_is_started_again_for_ever(outlived):
    assert len(outlived(*[60.0] * 20).started) == 21


def test_four_in_a_row_that_do_not_last_are_enough(outlived):
    lives = outlived(1.0, 60.0, 1.0, 1.0, 60.0, 1.0, 1.0, 1.0, 1.0, 60.0)
    assert lives.started == [False, *[True] * 8]


def test_one_that_ends_again_and_again_is_started_after_pauses_that_grow(
    outlived, capsys
):
    lives = outlived(*[21.0] * 9, 3600.0, *[21.0] * 4)
    assert lives.paused == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 2.0]
    assert "ended 9 times in a row" in capsys.readouterr().out


def test_that_it_ends_again_and_again_is_on_record(outlived, tmp_path):
    database = Database(Settings.at(tmp_path).database_url)
    upgrade(database)
    outlived(*[21.0] * 9, *[1.0] * 4)
    with database.begin() as session:
        told = [
            (entry["action"], entry["details"]["times"])
            for entry in log.entries(session)
        ]
        log.verify(session)
    database.dispose()
    # After each pause that is twice as many as the one before; then it is given up.
    assert told == [("alarm.hub", n) for n in (4, 5, 7, 11, 4)]


def test_one_that_lasts_is_started_at_once(outlived):
    assert outlived(*[3600.0] * 9).paused == []


def test_one_that_does_not_start_again_is_tried_again(outlived):
    lives = outlived(60.0, None, None, None, 60.0, None, None, None, None)
    assert len(lives.started) == 9


def test_a_first_one_that_does_not_start_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(start, "HubProcess", Lives(None))
    with pytest.raises(HostError, match="while it started"):
        start.keep_running(Settings.at(tmp_path))
