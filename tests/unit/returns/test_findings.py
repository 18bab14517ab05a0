"""A finding, from the project that made it to the load that obeys its rule."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from enclave.audit import log
from enclave.cli.main import enclave
from enclave.delivery import grant as grants
from enclave.delivery.deliver import deliver
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects.people import Role
from enclave.returns.findings import desk, effect, listing, rules
from enclave.store.notice_tables import Notice, OutgoingMail
from enclave.store.return_tables import Finding
from enclave.warehouse.harmonisation import RULE
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation
from tests.builders.projects import at, person, project


RULE_OF_IT = {"kind": "limits", "variable": "lab.value", "highest": 10}
FORM = {
    "variable": "lab.value",
    "source": "all",
    "pattern": "Values above ten are typing errors of the analyser.",
    "evidence": "lab[lab.value > 10].groupby('code').size()",
    "rule": RULE_OF_IT,
}
SUMMARY = "Values above ten are taken for missing."


@pytest.fixture
def clinic(settings, database):
    """A project with a grant that holds the laboratory's values."""
    installation.set_up(settings, database)
    installation.issued(settings, database)
    return database


@pytest.fixture
def catalogue(settings, clinic):
    del clinic
    return Warehouse(settings).snapshot().catalogue


def delivered(settings, database):
    with database.begin() as session:
        (grant,) = grants.listing(session)
        number = grant.id
    return deliver(settings, database, number, clock=at())


def hand_in(database, catalogue, actor="rikke", slug="demo", **changes):
    workspace = changes.pop("from_workspace", False)
    with database.begin() as session:
        return desk.submit(
            session,
            {**FORM, **changes},
            catalogue,
            actor=actor,
            project=slug,
            from_workspace=workspace,
            clock=at(),
        ).id


def accept(database, catalogue, number, **changes):
    fields = {"actor": "mads", "clock": at(), **changes}
    with database.begin() as session:
        return rules.accept(session, number, SUMMARY, catalogue, **fields).number


def state(database, number):
    with database.begin() as session:
        log.verify(session)
        return session.get_one(Finding, number).state


def test_an_accepted_rule_is_obeyed_by_the_next_load(settings, clinic, catalogue):
    number = hand_in(clinic, catalogue)
    with clinic.begin() as session:
        desk.take_up(session, number, actor="mads", clock=at())
    found = effect.exact(settings, clinic, number, actor="mads", clock=at())
    assert found.exact_rows > found.exact_persons > 0
    accept(clinic, catalogue, number)

    plain = Mapping.model_validate(installation.MAPPING)
    with clinic.begin() as session:
        mapping, numbers = rules.obeyed(session, plain)
    assert numbers == [1]
    place = str(settings.home.parent / "clinic")
    report = Warehouse(settings).load(place, mapping, clock=at())
    assert report.tables["lab"] == "replaced"
    with Warehouse(settings).snapshot().connect() as engine:
        lost = engine.sql("FROM lab SELECT count(*) WHERE value IS NULL").fetchall()
    assert lost == [(found.exact_rows,)]
    with clinic.begin() as session:
        rules.note_snapshot(session, numbers, report.snapshot)
        (row,) = map(rules.document, rules.everything(session))
    assert row["since_snapshot"] == 2
    assert row["credit"].startswith("Rikke, ")
    assert state(clinic, number) == "accepted"


def test_a_revoked_rule_is_obeyed_no_more(clinic, catalogue):
    accept(clinic, catalogue, hand_in(clinic, catalogue))
    with clinic.begin() as session:
        with pytest.raises(PolicyRefusal):
            rules.revoke(session, 1, "It was wrong after all.", actor="rikke")
        rules.revoke(session, 1, "It was wrong after all.", actor="mads", clock=at())
        plain = Mapping.model_validate(installation.MAPPING)
        assert rules.obeyed(session, plain) == (plain, [])
        with pytest.raises(PolicyRefusal, match="already"):
            rules.revoke(session, 1, "It was wrong after all.", actor="mads")
        with pytest.raises(NotFoundError):
            rules.revoke(session, 9, "It was wrong after all.", actor="mads")


def test_other_projects_that_hold_the_variable_are_told(settings, clinic, catalogue):
    def told():
        with clinic.begin() as session:
            rows = session.query(Notice).filter(Notice.key.like("harmonised%"))
            return [(one.account, one.key, one.state) for one in rows]

    with clinic.begin() as session:
        person(session, "bodil")
    for slug, variables in (
        ("lipids", installation.VARIABLES),
        ("births", ("person.sex",)),
    ):
        project(clinic, short_name=slug)
        installation.issued(settings, clinic, project=slug, variables=variables)

    accept(clinic, catalogue, hand_in(clinic, catalogue))
    assert told() == [("rikke", "harmonised", "1")]
    with clinic.begin() as session:
        mail = session.query(OutgoingMail).filter(
            OutgoingMail.subject.like("Harmonisation rule 1%")
        )
        assert mail.count() == 1
        rules.revoke(session, 1, "It was wrong after all.", actor="mads", clock=at())
    assert told()[1:] == [("rikke", "harmonised_no_more", "1")]


def test_a_finder_sees_what_would_change_in_the_projects_own_data(
    settings, clinic, catalogue
):
    number = hand_in(clinic, catalogue)
    with pytest.raises(PolicyRefusal, match="no data manager"):
        effect.exact(settings, clinic, number, actor="rikke", clock=at())
    with pytest.raises(NotFoundError, match="rikke may use"):
        effect.in_delivery(settings, clinic, number, actor="rikke", clock=at())
    made = delivered(settings, clinic)

    found = effect.in_delivery(settings, clinic, number, actor="rikke", clock=at())

    lab = pd.read_parquet(made.folder / "lab.parquet")
    above = lab[lab.value > 10]
    assert (found.rows, found.persons) == (len(above), above.pseudonym.nunique())
    assert found.rows > found.persons > 0
    assert found.version == made.version
    with pytest.raises(PolicyRefusal, match="not anne's"):
        effect.in_delivery(settings, clinic, number, actor="anne", clock=at())


def test_what_was_not_delivered_is_not_counted(settings, clinic, catalogue):
    number = hand_in(clinic, catalogue)
    grant = installation.issued(settings, clinic, formats=("csv",))
    deliver(settings, clinic, grant.id, clock=at())
    with pytest.raises(InputError, match="does not hold, as Parquet"):
        effect.in_delivery(settings, clinic, number, actor="rikke", clock=at())


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"variable": "lab.weight", "rule": None}, NotFoundError, "no variable"),
        ({"pattern": "wrong"}, InputError, "pattern"),
        ({"pattern": "Look at 010190-1234, who is wrong."}, InputError, "CPR"),
        ({"extra": 1}, InputError, "extra"),
        ({"rule": {**RULE_OF_IT, "variable": "lab.code"}}, InputError, "another"),
        ({"rule": {"kind": "sql"}}, InputError, "rule"),
        (
            {
                "variable": "lab.code",
                "rule": {**RULE_OF_IT, "variable": "lab.code"},
            },
            InputError,
            "does not fit",
        ),
        ({"slug": None}, PolicyRefusal, "Name the project"),
        ({"actor": "anne"}, PolicyRefusal, "no member"),
        ({"variable": "person.death_date", "rule": None}, PolicyRefusal, "No grant"),
    ],
)
def test_what_cannot_be_triaged_is_not_kept(clinic, catalogue, changes, error, words):
    with pytest.raises(error, match=words):
        hand_in(clinic, catalogue, **changes)
    with clinic.begin() as session:
        assert session.query(Finding).count() == 0


def test_the_same_finding_is_kept_once_and_not_without_end(
    clinic, catalogue, monkeypatch
):
    assert hand_in(clinic, catalogue) == hand_in(clinic, catalogue)
    monkeypatch.setattr(desk, "MOST_OPEN", 1)
    with pytest.raises(PolicyRefusal, match="nobody has decided"):
        hand_in(clinic, catalogue, source="laboratory b")


def test_it_goes_back_and_forth_like_a_pull_request(clinic, catalogue):
    number = hand_in(clinic, catalogue)
    with clinic.begin() as session:
        with pytest.raises(InputError, match="sentence"):
            desk.send_back(session, number, "no", actor="mads", clock=at())
        desk.send_back(session, number, "Which analyser is it?", actor="mads")
    better = {**FORM, "source": "analyser 3"}
    with clinic.begin() as session:
        with pytest.raises(PolicyRefusal, match="to change"):
            desk.resubmit(session, number, better, catalogue, actor="mads")
        desk.resubmit(session, number, better, catalogue, actor="rikke", clock=at())
        with pytest.raises(PolicyRefusal, match="returned"):
            desk.resubmit(session, number, better, catalogue, actor="rikke")
        desk.decline(session, number, "It is that analyser's unit.", actor="mads")
    with pytest.raises(PolicyRefusal, match="is declined"):
        accept(clinic, catalogue, number)
    with clinic.begin() as session:
        shown = listing.one(session, number, "rikke")
    assert [one["action"] for one in shown["steps"]] == [
        "submit",
        "returned",
        "submit",
        "declined",
    ]
    assert shown["version"] == 2


def test_nobody_decides_on_their_own(clinic, catalogue):
    number = hand_in(clinic, catalogue)
    own = hand_in(clinic, catalogue, actor="mads", slug=None)
    with clinic.begin() as session:
        person(session, "both", Role.DATA_MANAGER)
        person(session, "once", Role.DATA_MANAGER)
        session.execute(
            text(
                "INSERT INTO membership VALUES (1, 'both', 'member', :day, NULL),"
                " (1, 'once', 'member', '2020-01-01', '2020-12-31')"
            ),
            {"day": at()().date().isoformat()},
        )
    for who, what, words in (
        ("rikke", number, "no data manager"),
        ("both", number, "their own project"),
        ("once", number, "their own project"),
        ("mads", own, "their own project"),
    ):
        with pytest.raises(PolicyRefusal, match=words):
            accept(clinic, catalogue, what, actor=who)
    assert state(clinic, number) == "submitted"


def test_a_data_manager_accepts_another_rule_or_none(clinic, catalogue):
    number = hand_in(clinic, catalogue)
    wrong = RULE.validate_python({**RULE_OF_IT, "variable": "lab.code"})
    with pytest.raises(InputError, match="does not fit"):
        accept(clinic, catalogue, number, rule=wrong)
    wider = RULE.validate_python({**RULE_OF_IT, "highest": 15})
    accept(clinic, catalogue, number, rule=wider)
    known = hand_in(clinic, catalogue, rule=None)
    accept(clinic, catalogue, known)
    with clinic.begin() as session:
        note, rule = map(rules.document, rules.everything(session))
    assert rule["rule"]["highest"] == 15
    assert note["rule"] is None


def test_what_a_workspace_wrote_is_read_by_data_managers_first(clinic, catalogue):
    number = hand_in(clinic, catalogue, from_workspace=True)

    def shown(who):
        with clinic.begin() as session:
            return listing.one(session, number, who)["finding"]

    assert shown("rikke") is None
    assert shown("mads")["pattern"] == FORM["pattern"]
    with pytest.raises(NotFoundError):
        shown("anne")
    accept(clinic, catalogue, number)
    assert shown("rikke")["variable"] == "lab.value"
    with clinic.begin() as session:
        assert [one["number"] for one in listing.visible(session, "rikke")] == [number]
        assert listing.visible(session, "anne") == []


def test_the_command_line_takes_one_from_file_to_load(settings, database, tmp_path):
    installation.set_up_for_long(settings, database)
    installation.issued(settings, database)
    database.dispose()
    (tmp_path / "finding.json").write_text(json.dumps(FORM))
    (tmp_path / "rule.json").write_text(json.dumps({**RULE_OF_IT, "highest": 15}))
    (tmp_path / "mapping.json").write_text(
        json.dumps(installation.MAPPING, default=str)
    )

    def run(*words):
        done = CliRunner().invoke(enclave, [*map(str, words)], obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    def finding(*words):
        return run("finding", *words)

    who = ("--as", "rikke")
    finding("submit", tmp_path / "finding.json", "--project", "demo", *who)
    finding("take-up", 1, "--as", "mads")
    assert "rows of" in finding("effect", 1, "--as", "mads")
    finding("return", 1, "--comment", "Which analyser is it?", "--as", "mads")
    finding("submit", tmp_path / "finding.json", "--again", 1, *who)
    rule = ("--rule", tmp_path / "rule.json")
    said = finding("accept", 1, "--summary", SUMMARY, *rule, "--as", "mads")
    assert "Rule 1 holds from the next load on. Credit: Rikke" in said
    place = settings.home.parent / "clinic"
    run("warehouse", "load", "--source", place, "--mapping", tmp_path / "mapping.json")
    assert json.loads(finding("rules", "--json"))[0]["since_snapshot"] == 2
    assert "accepted" in finding("list", *who)
    assert json.loads(finding("show", 1, *who))["finding"]["variable"] == "lab.value"
    finding("revoke", 1, "--reason", "It was wrong after all.", "--as", "mads")
    assert "revoked" in finding("rules")
    assert "properties" in json.loads(finding("schema"))
