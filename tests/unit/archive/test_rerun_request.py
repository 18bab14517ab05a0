from datetime import UTC, datetime

import pytest

from enclave.archive import rerun_request
from enclave.archive.certificate import Certificate
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun_request import Wish, ask, conclude, of_analysis
from enclave.archive.rerun_terms import Terms
from enclave.audit import log
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.store.archive_tables import ArchivedAnalysis
from tests.builders import projects
from tests.builders.projects import at, later


@pytest.fixture
def archive(database, subject):
    """A database with the project ``demo`` and two analyses of it on record."""
    projects.cast(database)
    projects.project(database)
    with database.begin() as session:
        for number in (1, 2):
            session.add(
                ArchivedAnalysis(
                    id=f"PAC2026Rikke_{number}",
                    content_key=f"{number}" * 64,
                    project_number=1,
                    account="rikke",
                    title="Survival",
                    kernel="python-2026.12",
                    delivery_version=1,
                    snapshot=1,
                    manifest_digest="e" * 64,
                    publishable=True,
                    archived=subject.archived,
                )
            )
    return database


def _ask(archive, analysis: int = 1, actor: str = "rikke", key: str | None = None):
    with archive.begin() as session:
        name = f"PAC2026Rikke_{analysis}"
        return ask(session, name, Wish(actor, key), clock=at())


def _conclude(archive, request, subject):
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    certificate = Certificate(
        analysis=request.analysis_id,
        rerun=request.number,
        manifest_sha256="1" * 64,
        source_digest=subject.source_digest,
        kernel=subject.kernel,
        delivery=subject.delivery,
        data="frozen",
        archived=subject.archived,
        requested=request.requested,
        completed=moment,
        verdict=Verdict.IDENTICAL,
        cause=None,
        outputs={},
        report_sha256="2" * 64,
        policy_sha256="3" * 64,
    )
    with archive.begin() as session:
        return conclude(session, request, certificate, clock=at())


def _actions(archive) -> list[str]:
    with archive.begin() as session:
        log.verify(session)
        entries = session.query(log.AuditEntry).order_by(log.AuditEntry.number)
        return [one.action for one in entries if one.action.startswith("rerun.")]


def test_asking_again_before_it_is_done_means_the_same_request(archive, subject):
    first = _ask(archive)

    assert _ask(archive).number == first.number == 1
    assert _actions(archive) == ["rerun.request"]

    _conclude(archive, first, subject)
    assert _ask(archive).number == 2


def test_each_asker_has_requests_of_their_own(archive):
    numbers = [_ask(archive, actor=actor).number for actor in ("rikke", "karen", "ada")]

    assert numbers == [1, 2, 3]
    assert _ask(archive, analysis=2).number == 1


def test_a_key_names_one_request_whoever_asks_and_when(archive, subject):
    first = _ask(archive, key="journal-7")
    _conclude(archive, first, subject)

    assert _ask(archive, key="journal-7", actor="karen").number == 1
    assert _ask(archive, key="journal-8").number == 2
    with pytest.raises(InputError, match="belongs to a re-run of PAC2026Rikke_1"):
        _ask(archive, analysis=2, key="journal-7")


def test_a_request_with_a_key_is_not_taken_for_one_without(archive):
    keyed = _ask(archive, key="journal-7")

    assert _ask(archive).number == keyed.number + 1


@pytest.mark.parametrize("actor", ["anne", "mads", "ole"])
def test_others_are_sent_to_core(archive, actor: str):
    with pytest.raises(PolicyRefusal, match="Ask the CORE group"):
        _ask(archive, actor=actor)

    assert _actions(archive) == []


def test_unknown_analyses_and_accounts_are_named(archive):
    with pytest.raises(NotFoundError, match="PAC2026Rikke_3"):
        _ask(archive, analysis=3)
    with pytest.raises(NotFoundError, match="nobody"):
        _ask(archive, actor="nobody")


def test_a_request_is_concluded_once(archive, subject):
    request = _ask(archive)

    first = _conclude(archive, request, subject)
    again = _conclude(archive, request, subject)

    assert first.verdict == again.verdict == "identical"
    assert _actions(archive) == ["rerun.request", "rerun.complete"]
    with archive.begin() as session:
        (record,) = of_analysis(session, request.analysis_id)
        assert record.certificate_digest == first.certificate_digest
        assert record.completed == datetime(2026, 11, 23, tzinfo=UTC)


def test_nothing_is_recorded_where_the_audit_entry_fails(archive, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(rerun_request.log, "record", fails)
    with pytest.raises(RuntimeError):
        _ask(archive)
    monkeypatch.undo()

    assert _ask(archive).number == 1


def test_who_goes_back_and_presses_again_means_the_request_that_is_there(
    archive, subject
):
    def press(actor: str = "rikke", clock=at(), **terms: str):  # noqa: B008 - it stands
        pressed.append(None)
        wish = Wish(actor, f"press-{len(pressed)}", Terms(**terms), once=True)
        with archive.begin() as session:
            return ask(session, "PAC2026Rikke_1", wish, clock=clock)

    pressed: list[None] = []
    first = press()
    assert press().number == first.number
    assert (press(data="today").number, press("karen").number) == (2, 3)
    _conclude(archive, first, subject)
    assert press().number == first.number
    assert press(clock=later(days=2)).number == 4


@pytest.mark.parametrize("ended", ["cancelled", "could not run"])
def test_what_came_to_nothing_is_asked_for_again(archive, ended):
    wish = Wish("rikke", once=True)
    with archive.begin() as session:
        first = ask(session, "PAC2026Rikke_1", wish, clock=at())
        if ended == "cancelled":
            rerun_request.cancel(session, first, actor="rikke", clock=at())
        else:
            first.verdict, first.completed = ended, at()()
    with archive.begin() as session:
        assert ask(session, "PAC2026Rikke_1", wish, clock=at()).number == 2
