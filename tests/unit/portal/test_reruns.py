"""Re-runs in the portal: asked for, watched, cancelled; who may know of them."""

import re

import pytest

from enclave.archive import rerun_request
from enclave.archive.rerun_request import Wish
from enclave.archive.sample import ask_for_sample
from enclave.audit import log
from enclave.errors import PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState, Priority
from enclave.portal.desk import Wish as DeskWish
from enclave.portal.desk import carry_out
from enclave.portal.visitor import SENT_FROM_A_PAGE
from enclave.projects import lifecycle
from enclave.projects.forms import FormError
from enclave.projects.machine import Kind, StateConflict
from enclave.projects.people import Role
from enclave.store.archive_tables import Rerun
from enclave.store.job_tables import Job
from enclave.store.project_tables import Application
from tests.builders import archived, project_forms
from tests.builders.hand_clock import HandClock
from tests.builders.portal import token
from tests.builders.projects import TODAY, at, person, project


ANALYSIS = "PAC2026Rikke_survival"


pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def archive(door, database):
    assert door
    project(database)
    with database.begin() as session:
        person(session, "kim", Role.CORE)
        archived.record(session, ANALYSIS)
    return database


def _form(browser, address: str, **fields):
    page = browser.get(address).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    return browser.post(address, data={"csrf": csrf[1], **fields})


def _ask(door, account: str = "rikke", **changes):
    wanted = {"analysis": ANALYSIS, **changes}
    return door.program(account).post("/api/reruns", json=wanted)


def test_a_member_asks_on_the_page_and_watches_it(door, archive):
    browser = door.browser("rikke")

    answer = _form(browser, "/reruns", analysis=ANALYSIS, data="frozen")

    assert answer.status_code == 303
    address = f"/reruns/{ANALYSIS}/1"
    assert answer.headers["location"].endswith(address)
    assert "Waiting" in browser.get(address).text
    with archive.begin() as session:
        held = queue.claim(session, "w", {"rerun"}, clock=at())
        queue.extend(session, held, progress=(3, 20), clock=at())
    page = browser.get(address).text
    (followed,) = re.findall(r'hx-post="/services/portal(/[^"]+)"', page)
    # As a script of ours; only there does the hub's sign-in let one pass.
    assert SENT_FROM_A_PAGE.fullmatch(followed[1:])
    assert browser.post(followed, data={"csrf": "x"}).status_code == 403
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)[1]
    part = browser.post(followed, data={"csrf": csrf}).text
    assert "cell 3 of 20" in part
    assert "<html" not in part
    assert ANALYSIS in browser.get("/reruns").text


def test_the_same_key_asked_twice_is_one_request(door, archive):
    first, again = (_ask(door, key="journal-7") for _ in range(2))
    other = _ask(door, "karen", key="journal-7")

    assert (first.status_code, first.json()) == (201, again.json())
    assert other.json()["number"] == 2
    with archive.begin() as session:
        assert session.query(Job).count() == 2


def test_who_asked_or_core_cancels_it_and_it_is_not_done(door, archive):
    _ask(door)

    mine = door.program("rikke").post(f"/api/reruns/{ANALYSIS}/1/cancel")

    assert mine.json()["state"] == "cancelled"
    with archive.begin() as session:
        assert queue.claim(session, "w", {"rerun"}, clock=at()) is None
    assert (
        door.program("karen").post(f"/api/reruns/{ANALYSIS}/1/cancel").status_code
        == 422
    )
    _ask(door, "karen", key="k")
    assert (
        door.program("rikke").post(f"/api/reruns/{ANALYSIS}/2/cancel").status_code
        == 403
    )


def test_a_running_one_is_cancelled_from_its_page(door, archive):
    _ask(door)
    with archive.begin() as session:
        held = queue.claim(session, "w", {"rerun"}, clock=at())

    answer = _form(door.browser("rikke"), f"/reruns/{ANALYSIS}/1", action="cancel")

    assert answer.status_code == 303
    with archive.begin() as session:
        assert queue.extend(session, held, clock=at()) is True
        log.verify(session)


def test_one_that_failed_is_taken_up_again(door, archive):
    _ask(door)
    with archive.begin() as session:
        held = queue.claim(session, "w", {"rerun"}, clock=at())
        queue.fail(
            session,
            held,
            error_class="HostError",
            message="The disk is full. Make room.",
            retry=False,
            clock=at(),
        )
    browser = door.browser("rikke")
    assert "The disk is full." in browser.get(f"/reruns/{ANALYSIS}/1").text

    _form(browser, f"/reruns/{ANALYSIS}/1", action="again")

    assert "Waiting" in browser.get(f"/reruns/{ANALYSIS}/1").text


@pytest.mark.parametrize("stranger", ["anne", "sune"])
def test_strangers_do_not_learn_that_it_is_there(door, stranger: str):
    _ask(door)

    visitor = door.program(stranger)

    assert visitor.get(f"/api/reruns/{ANALYSIS}/1").status_code in {403, 404}
    assert ANALYSIS not in door.browser(stranger).get("/reruns").text
    assert _ask(door, stranger).status_code in {403, 404}
    address = f"/reruns/{ANALYSIS}/1/certificate.json"
    assert door.browser(stranger).get(address).status_code in {403, 404}


def test_there_is_no_certificate_before_it_is_done(door):
    _ask(door)
    answer = door.browser("rikke").get(f"/reruns/{ANALYSIS}/1/certificate.json")
    assert answer.status_code == 404


def test_a_form_from_elsewhere_asks_for_nothing(door, archive):
    answer = door.browser("rikke").post("/reruns", data={"analysis": ANALYSIS})
    assert answer.status_code == 403
    with archive.begin() as session:
        assert session.query(Rerun).count() == 0


def test_unknown_data_and_kernels_are_refused(door):
    assert _ask(door, data="tomorrow").status_code == 422
    assert _ask(door, kernel="python-1999.01").status_code == 404
    assert _ask(door, kernel="r-2026.12").status_code == 422
    assert _ask(door, analysis="PAC2026Nobody_x").status_code == 404


def _application(database, **changes) -> int:
    with database.begin() as session:
        form = {"analysis": ANALYSIS, **changes}
        return project_forms.draft(session, Kind.RERUN_REQUEST, **form)


def _act(settings, database, number: int, action: str, actor: str, reason: str = ""):
    return carry_out(settings, database, DeskWish(number, action, actor, reason), at())


def test_an_approved_request_of_a_third_party_is_queued(settings, archive):
    number = _application(archive, deadline=TODAY.isoformat())
    _act(settings, archive, number, "submit", "kim")
    with archive.begin() as session:
        assert session.query(Rerun).count() == 0

    _act(settings, archive, number, "approve", "karen")

    with archive.begin() as session:
        (asked,) = session.query(Rerun)
        assert (asked.occasion, asked.requested_by) == ("application", "kim")
        job = queue.find(session, asked.job_id)
        assert (job.state, job.priority) == (JobState.QUEUED, Priority.URGENT)
        log.verify(session)


def test_nobody_approves_their_own_request(settings, archive):
    number = _application(archive)
    _act(settings, archive, number, "submit", "kim")
    with pytest.raises(PolicyRefusal):
        _act(settings, archive, number, "approve", "kim")
    with archive.begin() as session:
        assert session.query(Job).count() == 0


def test_withdrawing_an_approved_request_cancels_its_rerun(settings, archive):
    number = _application(archive)
    _act(settings, archive, number, "submit", "kim")
    _act(settings, archive, number, "approve", "karen")

    _act(settings, archive, number, "withdraw", "kim")

    with archive.begin() as session:
        (asked,) = session.query(Rerun)
        assert asked.cancelled is not None
        assert queue.find(session, asked.job_id).state == JobState.CANCELLED
    with pytest.raises(StateConflict):
        _act(settings, archive, number, "execute", "karen")


def test_a_request_whose_rerun_was_cancelled_is_withdrawn(settings, archive):
    number = _application(archive)
    _act(settings, archive, number, "submit", "kim")
    _act(settings, archive, number, "approve", "karen")
    with archive.begin() as session:
        asked = session.query(Rerun).one()
        rerun_request.cancel(session, asked, actor="karen", clock=at())

    _act(settings, archive, number, "withdraw", "kim")

    with archive.begin() as session:
        assert session.get_one(Application, number).state == "withdrawn"


def test_a_kernel_of_another_language_is_pointed_out_on_the_form(settings, archive):
    number = _application(archive, kernel="r-2026.12")
    with pytest.raises(FormError, match="is no released kernel of the analysis"):
        _act(settings, archive, number, "submit", "kim")


def _sample(settings, database, clock, size: int = 2) -> list[str]:
    with database.begin() as session:
        asked = ask_for_sample(session, settings, size=size, actor="mads", clock=clock)
        return sorted(one.analysis_id for one in asked)


def test_the_sample_goes_round_behind_all_other_work(settings, archive):
    clock = HandClock()
    with archive.begin() as session:
        for name in "abcd":
            archived.record(session, f"PAC2026Rikke_{name}")

    nights = []
    for _ in range(3):
        nights.append(_sample(settings, archive, clock))
        assert _sample(settings, archive, clock) == nights[-1]
        clock.forward(seconds=24 * 3600)

    assert {*nights[0], *nights[1]} | {*nights[2]} == {
        ANALYSIS,
        *(f"PAC2026Rikke_{name}" for name in "abcd"),
    }
    assert not {*nights[0]} & {*nights[1]}
    with archive.begin() as session:
        assert {one.priority for one in session.query(Job)} == {Priority.BACKGROUND}


def test_only_those_who_look_after_the_archive_sample_it(settings, archive):
    with archive.begin() as session, pytest.raises(PolicyRefusal, match="neither"):
        ask_for_sample(session, settings, size=1, actor="rikke", clock=at())


def test_closed_projects_are_not_sampled(settings, archive):
    with archive.begin() as session:
        lifecycle.get(session, "demo").state = "closed"
    assert _sample(settings, archive, at()) == []


def test_health_says_what_is_wrong_and_then_that_all_is_well(door, settings, archive):
    program = door.program("mads")
    found = program.get("/api/reruns/health").json()
    assert (found["well"], found["concerns"]) == (False, ["no_sample"])
    assert "No sample was ever taken" in door.browser("mads").get("/reruns/health").text

    _sample(settings, archive, at())
    with archive.begin() as session:
        (asked,) = session.query(Rerun)
        asked.verdict, asked.completed = "identical", at()()
    found = program.get("/api/reruns/health").json()
    assert (found["well"], found["sample"][0]["verdict"]) == (True, "identical")

    with archive.begin() as session:
        session.query(Rerun).one().verdict = "differs"
    assert program.get("/api/reruns/health").json()["concerns"] == ["unsound_verdicts"]
    assert ANALYSIS in door.browser("mads").get("/reruns/health").text
    assert ANALYSIS not in door.browser("anne").get("/reruns/health").text
    others = door.program("anne").get("/api/reruns/health").json()
    assert (others["concerns"], others["sample"]) == (["unsound_verdicts"], [])


def test_a_cancelled_request_comes_to_nothing(archive):
    with archive.begin() as session:
        asked = rerun_request.ask(session, ANALYSIS, Wish("rikke"), clock=at())
        rerun_request.cancel(session, asked, actor="rikke", clock=at())
    with archive.begin() as session:
        again = rerun_request.ask(session, ANALYSIS, Wish("rikke"), clock=at())
        assert again.number == 2


def test_a_dashboard_sees_what_its_visitor_may_know(door, settings, archive):
    _ask(door)
    with archive.begin() as session:
        asked = session.query(Rerun).one()
        asked.verdict, asked.completed = "identical", at()()

    mine = door.bearer(token(settings, "rikke")).get("/api/reruns/overview").json()
    others = door.bearer(token(settings, "anne")).get("/api/reruns/overview").json()

    assert [one["analysis"] for one in mine["reruns"]] == [ANALYSIS]
    assert mine["months"] == [{"month": "2026-11", "verdicts": {"identical": 1}}]
    assert (others["reruns"], others["months"]) == ([], [])
    wanted = {"analysis": ANALYSIS}
    refused = door.bearer(token(settings, "rikke")).post("/api/reruns", json=wanted)
    assert refused.status_code == 403
