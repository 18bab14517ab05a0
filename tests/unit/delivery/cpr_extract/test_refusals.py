"""A CPR extract, attempted in every wrong way: refused each time, with the reason."""

import json
import re
from datetime import date

import pytest
from sqlalchemy import delete, update

from enclave.delivery.cpr_extract import desk
from enclave.errors import EnclaveError
from enclave.store.delivery_tables import CprExtract
from enclave.store.project_tables import Account, Application, Membership, Project
from tests.builders import cpr_hospital
from tests.builders.cpr_hospital import FORTEGNELSE, MEN, VEK, approval, released
from tests.builders.projects import at


STPS_2021 = approval("stps", "3-3013-1234/1", decision_date="2021-01-05")

# What is wrong with the form, and the reason that is given.
FORMS = {
    "a health column": ({"columns": ["cpr", "diagnosis"]}, "columns"),
    "a column of another purpose": (
        {"columns": ["cpr", "sample_date"]},
        "sample_date is not for the purpose records",
    ),
    "a place of treatment for material": (
        {"purpose": "biological_material", "columns": ["cpr", "hospital"]},
        "hospital is not for the purpose biological_material",
    ),
    "a place of treatment for linkage": (
        {"purpose": "linkage", "columns": ["cpr", "sor"], "biobank_approval": "B-1"},
        "sor is not for the purpose linkage",
    ),
    "no CPR column": ({"columns": ["hospital"]}, "the column cpr is missing"),
    "a column twice": ({"columns": ["cpr", "cpr"]}, "a column is named twice"),
    "an unknown purpose": ({"purpose": "marketing"}, "purpose"),
    "other persons than the permit's": ({"population": MEN}, "persons are not those"),
    "no fortegnelse": ({"approvals": [VEK]}, "fortegnelse"),
    "no ground at all": ({"approvals": [FORTEGNELSE]}, "no approval that permits"),
    "consent for material": (
        {
            "purpose": "biological_material",
            "columns": ["cpr", "period"],
            "approvals": [FORTEGNELSE, approval("consent", "forms in the archive")],
        },
        "it takes vek",
    ),
    "the regional council for linkage": (
        {
            "purpose": "linkage",
            "columns": ["cpr", "period"],
            "biobank_approval": "B-1",
            "approvals": [FORTEGNELSE, approval("regionsraad", "R-20012345")],
        },
        "it takes vek",
    ),
    "linkage without the biobank": (
        {"purpose": "linkage", "columns": ["cpr", "period"]},
        "linkage takes the approval of the biobank",
    ),
    "the safety authority after June 2020": (
        {"approvals": [FORTEGNELSE, STPS_2021]},
        "only until 30 June 2020",
    ),
    "management without a quality project": (
        {"approvals": [FORTEGNELSE, approval("hospital_management", "letter")]},
        "no approval that permits",
    ),
    "an approval that is awaited": (
        {"approvals": [FORTEGNELSE, {"authority": "vek", "status": "pending"}]},
        "no approval that permits",
    ),
    "an approval that has expired": (
        {"approvals": [FORTEGNELSE, {**VEK, "expires": "2026-11-01"}]},
        "no approval that permits",
    ),
    "an approval of other years": (
        {"approvals": [FORTEGNELSE, {**VEK, "data_to": "2015-12-31"}]},
        "covers the period",
    ),
    "a recipient who is no member": ({"recipient": "anne"}, "anne is not a member"),
    "a key that is none": ({"recipient_key": "ssh-rsa AAAA"}, "recipient_key"),
    "a key with a mistake": ({"recipient_key": "age1" + "q" * 58}, "no public age key"),
    "no promise to destroy it": ({"will_destroy": False}, "will_destroy"),
    "a form of another project": ({"project": "other"}, "the form is for other"),
    "a column the warehouse lacks": (
        {"columns": ["cpr", "ydernummer"]},
        "no column that ydernummer could come from",
    ),
}  # fmt: skip

# What is wrong with how it was decided.
DECISIONS = {
    "not released at all": ({"state": "submitted"}, "must both release it first"),
    "released by one": (
        {"state": "released_by_one", "steps": ("release_first",)},
        "must both release it first",
    ),
    "a state without its steps": ({"steps": ()}, "was not released by two people"),
    "the same person twice": ({"second": "mads"}, "mads released .* twice"),
    "a second data manager for CORE": ({"second": "dorte"}, "dorte.* is no core"),
    "a researcher for the data manager": ({"first": "anne"}, "anne.* no data manager"),
    "the applicant": ({"second": "rikke"}, "rikke, .* is no core"),
    "another version of the form": (
        {"digests": (None, "0" * 64)},
        "karen released another version",
    ),
}  # fmt: skip


def nothing_is_left(settings, database):
    folder = settings.extracts
    left = [] if not folder.exists() else [p for p in folder.iterdir() if p.suffix]
    assert [path.name for path in left] == []
    with database.begin() as session:
        assert session.query(CprExtract).count() == 0


def test_every_wrong_extract_is_refused_with_the_reason(settings, hospital):
    attempts = {**FORMS, **DECISIONS}
    said = {}
    for wrong, (changes, _) in attempts.items():
        number = released(hospital, **changes)
        try:
            desk.prepare(settings, hospital, number, actor="mads", clock=at())
        except EnclaveError as refusal:
            said[wrong] = str(refusal)
        nothing_is_left(settings, hospital)

    assert len(attempts) >= 30
    wrongly = {
        wrong: said.get(wrong, "not refused")
        for wrong, (_, reason) in attempts.items()
        if not re.search(reason, said.get(wrong, ""))
    }
    assert wrongly == {}


CHANGES = {
    "a form changed after its release": (
        lambda s: s.execute(
            update(Application)
            .where(Application.kind == "cpr_extract")
            .values(form=json.dumps(cpr_hospital.form(population=MEN)))
        ),
        "changed behind the application's back",
    ),
    "a releaser who lost the role": (
        lambda s: s.execute(
            update(Account)
            .where(Account.name == "karen")
            .values(roles=frozenset({"auditor"}))
        ),
        "karen.* is no core",
    ),
    "a project that has ended": (
        lambda s: s.execute(update(Project).values(end_date=date(2020, 1, 1))),
        "Project demo is",
    ),
    "a recipient who left": (
        lambda s: s.execute(delete(Membership).where(Membership.account == "rikke")),
        "rikke is not a member",
    ),
}


@pytest.mark.parametrize("wrong", CHANGES)
def test_what_changed_since_the_release_is_noticed(settings, hospital, wrong):
    change, reason = CHANGES[wrong]
    number = released(hospital)
    with hospital.begin() as session:
        change(session)

    with pytest.raises(EnclaveError, match=reason):
        desk.prepare(settings, hospital, number, actor="mads", clock=at())

    nothing_is_left(settings, hospital)


def test_only_the_two_who_released_it_prepare_it(settings, hospital):
    number = released(hospital)

    with pytest.raises(EnclaveError, match="dorte did not release"):
        desk.prepare(settings, hospital, number, actor="dorte", clock=at())

    nothing_is_left(settings, hospital)


def test_an_application_of_another_kind_is_none(settings, hospital):
    with pytest.raises(EnclaveError, match="is no CPR population extract"):
        desk.prepare(settings, hospital, 1, actor="mads", clock=at())


def test_a_value_about_health_in_the_place_of_a_place_is_refused(settings, hospital):
    cpr_hospital.load(settings, place="DL409")  # a diagnosis where departments stand
    number = released(hospital)

    with pytest.raises(EnclaveError, match="of the column hospital are something else"):
        desk.prepare(settings, hospital, number, actor="mads", clock=at())

    nothing_is_left(settings, hospital)
