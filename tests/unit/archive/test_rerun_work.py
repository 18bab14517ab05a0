"""Which re-runs are tried with a fork, and how long that may take."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from enclave.archive import rerun_work
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.fork_attempt import seconds_of_forks
from enclave.archive.judgement import Evidence, read_evidence
from enclave.archive.rerun_work import RerunWork, is_worth_forking
from enclave.archive.run_record import RunRecord, Software
from enclave.archive.run_times import RunTimes
from tests.builders.projects import NOW


def _archived(seconds: float) -> RunTimes:
    record = RunRecord(
        status="completed", seconds=seconds, software=Software(kernel="python-2026.12")
    )
    ended = NOW + timedelta(seconds=seconds)
    return RunTimes(started=NOW, ended=ended, record=record)


@pytest.mark.parametrize(("took", "at_most"), [(0, 60), (10, 100), (120, 540)])
def test_a_fork_has_a_few_times_as_long_as_the_archived_run(took, at_most):
    assert seconds_of_forks(_archived(took)) == at_most


@pytest.mark.parametrize(("took", "worth"), [(3, True), (120, True), (121, False)])
def test_what_takes_long_is_not_run_twice_to_save_seconds(took, worth):
    assert is_worth_forking(_archived(took)) == worth


class Run(RerunWork):
    """A re-run of which nothing is executed: it writes down how it was started."""

    def _archived_times(self) -> RunTimes:
        return _archived(3)

    def _judge(self, folder, _stop) -> SimpleNamespace:
        verdict = self.sealed[folder.parent.name[:9]]
        return SimpleNamespace(report=SimpleNamespace(verdict=verdict))

    def _evidence(self, *given: Any) -> Evidence:
        warm = given[-1]
        start = self.archived if warm is not None else "cold"
        ran.append((bool(warm), start))
        times = _archived(3)
        record = times.record.model_copy(update={"start": start})
        return Evidence(
            data="frozen", times=times.model_copy(update={"record": record})
        )


ran: list[tuple[bool, str]] = []


def _execute(folder, start: str, verdict: Verdict, **asked) -> Evidence:
    ran.clear()
    (folder / "run").mkdir()
    given = {"data": "frozen", "kernel": None, "number": 1, "analysis_id": "a", **asked}
    verdicts = {".partial-": verdict}
    request = SimpleNamespace(**given)
    work = Run(None, None, request, 1, start, verdicts, None, warm=object())
    work.execute(folder / "run", None, None)
    assert [each.name for each in folder.iterdir()] == ["run"]
    return read_evidence(folder / "run")


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(rerun_work, "for_project", lambda project: (project,))


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("verdict", [Verdict.DIFFERS, Verdict.COULD_NOT_RUN])
def test_where_nothing_could_be_forked_it_is_run_once(tmp_path, verdict):
    kept = _execute(tmp_path, "cold", verdict)
    assert ran == [(True, "cold")]
    assert (kept.times.start, kept.unconfirmed_forks) == ("cold", None)


@pytest.mark.usefixtures("as_root")
def test_what_forks_confirm_is_run_once(tmp_path):
    kept = _execute(tmp_path, "forked", Verdict.IDENTICAL)
    assert ran == [(True, "forked")]
    assert (kept.times.start, kept.unconfirmed_forks) == ("forked", None)


@pytest.mark.usefixtures("as_root")
def test_what_forks_do_not_confirm_is_on_record_and_run_cold(tmp_path, caplog):
    kept = _execute(tmp_path, "forked", Verdict.DIFFERS)
    assert ran == [(True, "forked"), (False, "cold")]
    assert (kept.times.start, kept.unconfirmed_forks) == ("cold", "not identical")
    assert "did not confirm" in caplog.text


def test_nobody_but_root_tries(tmp_path, monkeypatch):
    monkeypatch.setattr(rerun_work, "for_project", lambda _: None)
    kept = _execute(tmp_path, "forked", Verdict.IDENTICAL)
    assert ran == [(False, "cold")]
    assert kept.times.start == "cold"
