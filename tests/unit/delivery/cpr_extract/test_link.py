"""The personal link of a CPR extract: one person's, once, for a time."""

import pytest
from sqlalchemy import update

from enclave.audit import log
from enclave.delivery.cpr_extract import desk, handover
from enclave.errors import EnclaveError
from enclave.store.delivery_tables import CprExtract
from enclave.store.project_tables import Application
from tests.builders.cpr_hospital import released
from tests.builders.projects import at, later


@pytest.fixture
def prepared(settings, hospital):
    number = released(hospital)
    return desk.prepare(settings, hospital, number, actor="mads", clock=at())


def take(settings, hospital, link, actor="rikke", clock=None):
    return handover.take(settings, hospital, link, actor=actor, clock=clock or at())


def test_a_link_is_personal(settings, hospital, prepared):
    for actor in ("anne", "karen", "mads"):
        with pytest.raises(EnclaveError, match="not yours"):
            take(settings, hospital, prepared.link, actor)

    assert take(settings, hospital, prepared.link)


def test_strangers_learn_nothing_and_end_nobodys_link(settings, hospital, prepared):
    number = prepared.link.partition(".")[0]
    said = set()
    for link in (*[f"{number}.guess"] * 6, prepared.link, "999.guess", "a999.guess"):
        with pytest.raises(EnclaveError) as refusal:
            take(settings, hospital, link, "anne")
        said.add(str(refusal.value))

    assert len(said) == 1
    with hospital.begin() as session:
        tried = [e for e in log.entries(session) if e["action"] == "extract.refuse"]
        assert [one["actor"] for one in tried] == ["anne"] * 7
    assert take(settings, hospital, prepared.link)


def test_nothing_is_counted_of_a_link_that_is_over(settings, hospital, prepared):
    take(settings, hospital, prepared.link)
    number = prepared.link.partition(".")[0]

    with pytest.raises(EnclaveError, match="works once"):
        take(settings, hospital, f"{number}.guess")

    with hospital.begin() as session:
        assert session.query(CprExtract).one().attempts == 0


def test_a_link_works_once(settings, hospital, prepared):
    take(settings, hospital, prepared.link)

    with pytest.raises(EnclaveError, match="works once"):
        take(settings, hospital, prepared.link)


def test_a_link_expires(settings, hospital, prepared):
    with pytest.raises(EnclaveError, match="expired on 2026-11-25"):
        take(settings, hospital, prepared.link, clock=later(days=4))


def test_five_wrong_attempts_kill_a_link(settings, hospital, prepared):
    number = prepared.link.partition(".")[0]
    for _ in range(5):
        with pytest.raises(EnclaveError, match="not whole"):
            take(settings, hospital, f"{number}.guess")

    with pytest.raises(EnclaveError, match="is dead"):
        take(settings, hospital, prepared.link)
    with hospital.begin() as session:
        refused = [e for e in log.entries(session) if e["action"] == "extract.refuse"]
        assert len(refused) == 5


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("link", ["", "1", "x.y", "999.abc", "../1", "1."])
def test_a_link_that_is_none_is_refused(settings, hospital, link):
    with pytest.raises(EnclaveError, match="link is not known"):
        take(settings, hospital, link)


@pytest.mark.usefixtures("prepared")
def test_a_second_extract_of_the_same_release_is_refused(settings, hospital):
    with hospital.begin() as session:
        (row,) = session.query(CprExtract).all()
        number = row.application_id

    with pytest.raises(EnclaveError, match="is given once"):
        desk.prepare(settings, hospital, number, actor="karen", clock=at())


def test_a_revoked_release_cannot_be_taken(settings, hospital, prepared):
    with hospital.begin() as session:
        session.execute(
            update(Application)
            .where(Application.kind == "cpr_extract")
            .values(state="closed")
        )

    with pytest.raises(EnclaveError, match="must both release it first"):
        take(settings, hospital, prepared.link)


def test_cipher_text_that_was_changed_is_not_handed_over(settings, hospital, prepared):
    (file,) = settings.extracts.glob("*.zip")
    file.write_bytes(file.read_bytes() + b"x")

    with pytest.raises(EnclaveError, match="not the one that was prepared"):
        take(settings, hospital, prepared.link)
    with pytest.raises(EnclaveError, match="not the one that was prepared"):
        take(settings, hospital, prepared.link)  # and it is not used up


def test_the_destruction_of_what_was_never_taken_is_not_confirmed(hospital, prepared):
    number = int(prepared.link.partition(".")[0])

    with pytest.raises(EnclaveError, match="only one that was taken"):
        handover.confirm_destruction(hospital, number, actor="rikke", clock=at())
    with pytest.raises(EnclaveError, match="has been given no CPR extract"):
        handover.confirm_destruction(hospital, number, actor="anne", clock=at())
