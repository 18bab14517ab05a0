"""Who a pseudonym stands for: two people agree, and it is said once."""

import json

import numpy as np
import pytest
from sqlalchemy import update

from enclave.audit import log
from enclave.delivery import reidentification
from enclave.delivery.reidentification import Wanted
from enclave.errors import EnclaveError
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.projects import lifecycle
from enclave.store.delivery_tables import Reidentification
from enclave.store.project_tables import Account, Membership
from tests.builders import cpr_hospital, projects
from tests.builders.cpr_hospital import CPR
from tests.builders.projects import at, later


REASON = "A finding that the patient's doctor must know of."


@pytest.fixture
def hospital(settings, database):
    cpr_hospital.set_up(settings, database)
    with database.begin() as session:
        projects.person(session, "kurt", "core")
    return database


def number(hospital, slug="demo"):
    with hospital.begin() as session:
        return lifecycle.get(session, slug).number


def pseudonym(settings, hospital, cpr, slug="demo"):
    vault = Vault.of(settings)
    keys = vault.keys_for([cpr], kind="cpr", valid_from=at()().date()).to_numpy()
    made = Pseudonyms.for_project(settings, number(hospital, slug)).of(keys)
    return made[0].as_py()


def ask(settings, hospital, *who, actor="mads", reason=REASON, **more):
    wanted = Wanted("demo", frozenset(who), reason, **more)
    return reidentification.ask(settings, hospital, wanted, actor=actor, clock=at())


def approve(hospital, request_number, actor, clock=None):
    return reidentification.approve(
        hospital, request_number, actor=actor, clock=clock or at()
    )


def answer(settings, hospital, request_number, actor="mads", clock=None):
    return reidentification.answer(
        settings, hospital, request_number, actor=actor, clock=clock or at()
    )


@pytest.fixture
def asked(settings, hospital):
    return ask(settings, hospital, pseudonym(settings, hospital, CPR[0]))


def test_two_agree_and_it_is_answered_once(settings, hospital, asked):
    assert not approve(hospital, asked, "karen")
    assert approve(hospital, asked, "dorte")

    (said,) = answer(settings, hospital, asked)

    assert said["ids"] == [CPR[0]]
    with pytest.raises(EnclaveError, match="answered once"):
        answer(settings, hospital, asked)


def test_the_log_tells_of_it_and_names_nobody(settings, hospital, asked):
    approve(hospital, asked, "karen")
    approve(hospital, asked, "dorte")
    answer(settings, hospital, asked)

    with hospital.begin() as session:
        entries = list(log.entries(session))
        log.verify(session)
    told = [e["action"] for e in entries if "reident" in e["action"]]
    assert told == [
        "reidentification.ask", "reidentification.approve",
        "reidentification.approve", "reidentification.answer",
    ]  # fmt: skip
    text = json.dumps(entries, default=str)
    assert CPR[0] not in text
    assert pseudonym(settings, hospital, CPR[0]) not in text


@pytest.mark.parametrize("agreed", [(), ("karen",)])
def test_without_two_it_is_not_answered(settings, hospital, asked, agreed):
    for actor in agreed:
        approve(hospital, asked, actor)

    with pytest.raises(EnclaveError, match="needs two people"):
        answer(settings, hospital, asked)


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        ("mads", "takes two others"),
        ("rikke", "neither data manager nor CORE"),
        ("ada", "neither data manager nor CORE"),
    ],
)
def test_not_everybody_may_agree(hospital, asked, actor, reason):
    with pytest.raises(EnclaveError, match=reason):
        approve(hospital, asked, actor)


def test_nobody_agrees_twice_or_third(hospital, asked):
    approve(hospital, asked, "karen")
    with pytest.raises(EnclaveError, match="takes two others"):
        approve(hospital, asked, "karen")
    approve(hospital, asked, "dorte")
    with pytest.raises(EnclaveError, match=r"agreed .* already"):
        approve(hospital, asked, "kurt")


def test_only_who_asked_gets_the_answer(settings, hospital, asked):
    approve(hospital, asked, "karen")
    approve(hospital, asked, "dorte")

    with pytest.raises(EnclaveError, match="mads asked"):
        answer(settings, hospital, asked, "karen")


def lose_roles(session, name):
    changed = update(Account).where(Account.name == name)
    session.execute(changed.values(roles=frozenset({"auditor"})))


def join(session, name):
    project = lifecycle.get(session, "demo").number
    session.add(
        Membership(
            project_number=project, account=name, role="member", since=at()().date()
        )
    )


@pytest.mark.parametrize(
    ("change", "who", "reason"),
    [
        (lose_roles, "mads", "mads is no data manager"),
        (lose_roles, "karen", "karen is neither data manager nor CORE"),
        (lose_roles, "dorte", "dorte is neither data manager nor CORE"),
        (join, "karen", "karen is or was a member"),
        (join, "dorte", "dorte is or was a member"),
    ],
)
def test_who_might_not_ask_or_agree_today_stops_the_answer(
    settings, hospital, asked, change, who, reason
):
    approve(hospital, asked, "karen")
    approve(hospital, asked, "dorte")
    with hospital.begin() as session:
        change(session, who)

    with pytest.raises(EnclaveError, match=reason):
        answer(settings, hospital, asked)

    with hospital.begin() as session:
        assert session.get_one(Reidentification, asked).answered is None


def test_an_old_request_is_void(settings, hospital, asked):
    approve(hospital, asked, "karen")
    approve(hospital, asked, "dorte")

    with pytest.raises(EnclaveError, match="older than 14 days"):
        answer(settings, hospital, asked, clock=later(days=15))


def test_what_cannot_be_asked(settings, hospital):
    mine = pseudonym(settings, hospital, CPR[0])
    other = Pseudonyms(bytes(32), "x").of(np.array([1]))[0].as_py()
    for who, changes, reason in (
        ([other], {}, "not a pseudonym of this project"),
        ([], {}, "between one and 50"),
        ([mine], {"reason": "why not"}, "in a sentence"),
        ([mine], {"reason": f"It is about {CPR[0]}, our patient."}, "CPR number"),
        ([mine], {"actor": "rikke"}, "no data manager"),
    ):
        with pytest.raises(EnclaveError, match=reason):
            ask(settings, hospital, *who, **changes)


def test_a_bridge_to_another_project_takes_the_same(settings, hospital):
    projects.project(hospital, short_name="second")
    mine = pseudonym(settings, hospital, CPR[0])
    request = ask(settings, hospital, mine, other="second")
    with pytest.raises(EnclaveError, match="needs two people"):
        answer(settings, hospital, request)
    approve(hospital, request, "karen")
    approve(hospital, request, "dorte")

    (said,) = answer(settings, hospital, request)

    assert said == {
        "pseudonym": mine,
        "other": pseudonym(settings, hospital, CPR[0], "second"),
    }
    assert "ids" not in said
