"""Who opted out is in nothing that is made from the next snapshot on, and unnamed."""

import json
from datetime import date

import duckdb
import pytest
from click.testing import CliRunner

from enclave.audit import log
from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.counting import count
from enclave.feasibility.index.building import build
from enclave.identity.opt_outs import OptOut, OptOuts, Recorded, Source
from enclave.identity.vault import Vault
from enclave.projects import opt_outs
from enclave.projects.opt_outs import OptOutList, enter, read
from enclave.warehouse.warehouse import Warehouse
from tests.builders import cpr_hospital, installation, projects
from tests.builders.installation import issued, labs, load_rows, persons
from tests.builders.projects import NOW, QUESTION, at


DAY = date(2026, 1, 1)
PEOPLE = ("p1", "p2", "p15")


@pytest.fixture
def cast(database):
    projects.cast(database)
    return database


@pytest.fixture
def clinic(settings, database):
    installation.set_up(settings, database)
    return database


def a_list(*ids, says="no", source=Source.EHDS):
    return OptOutList(tuple(OptOut(each, DAY) for each in ids), source, "clinic", says)


def entered(settings, database, *ids, actor="mads", **more):
    return enter(settings, database, a_list(*ids, **more), actor=actor, clock=at())


def audited(database):
    with database.begin() as session:
        return log.latest(session, 10, subject=opt_outs.SUBJECT)


def keys(settings, *ids):
    vault = Vault.of(settings)
    return vault.keys_for(ids, kind="clinic", valid_from=DAY).to_pylist()


def test_a_list_is_entered_once_and_taken_back_once(settings, cast):
    register = OptOuts.of(settings)

    assert entered(settings, cast, "p1", "p2") == Recorded(2, 0, 2)
    assert entered(settings, cast, "p1", "p2") == Recorded(0, 0, 2)
    assert entered(settings, cast, "p2", "p3", says="back") == Recorded(0, 1, 2)
    assert entered(settings, cast, "p2", "p3", says="complete") == Recorded(2, 1, 2)

    assert register.persons() == set(keys(settings, "p2", "p3"))
    assert register.persons(2) == set(keys(settings, "p1", "p2"))
    assert register.persons(3) == set(keys(settings, "p1"))
    assert register.persons(0) == set()
    assert register.by_source() == {
        Source.EHDS: 2,
        Source.HOSPITAL: 0,
        Source.POLICY: 0,
    }


def test_who_said_no_twice_must_take_both_back(settings, cast):
    entered(settings, cast, "p1")
    entered(settings, cast, "p1", source=Source.HOSPITAL)
    entered(settings, cast, "p1", says="back")

    assert OptOuts.of(settings).persons() == set(keys(settings, "p1"))


def test_the_audit_log_is_told_how_many_and_never_who(settings, cast):
    entered(settings, cast, "p1", "p2")
    entered(settings, cast, "p2", says="back")
    # As a process that was killed between register and log leaves it.
    lines = a_list("p3", "p4").lines
    OptOuts.of(settings).record(lines, Source.HOSPITAL, kind="clinic", at=NOW)
    entered(settings, cast, "p5")

    told = [(one["actor"], one["details"]) for one in reversed(audited(cast))]

    assert told == [
        ("mads", {"entry": 2, "changes": {"ehds:no": 2}}),
        ("mads", {"entry": 3, "changes": {"ehds:back": 1}}),
        ("system", {"entry": 5, "changes": {"hospital:no": 2}}),
        ("mads", {"entry": 6, "changes": {"ehds:no": 1}}),
    ]


def test_only_a_data_manager_enters(settings, cast):
    with pytest.raises(PolicyRefusal, match="rikke is no data manager"):
        entered(settings, cast, "p1", actor="rikke")
    assert OptOuts.of(settings).last() == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("id,since\n", "holds no line"),
        ("id,since,reason\n0102709980,2026-01-01,x\n", "and no others"),
        ("id,since\n0102709980,1.1.2026\n", "line 1 of list.csv is not written"),
        ("id,since\n0102709980\n", "line 1 of list.csv is not written"),
        ("id,since\n0102709980,2999-01-01\n", "line 1 of the list lies in the future"),
        ("id,since\n0102709980,2026-01-01\n9902709981,2026-01-01\n", "in line 2"),
        ("id,since\n,2026-01-01\n", "in line 1"),
        ("id,since\n\xe6,2026-01-01\n".encode("latin-1"), "text in UTF-8"),
    ],
)
def test_a_list_that_is_none_enters_nothing_and_names_nobody(
    settings, cast, tmp_path, text, why
):
    path = tmp_path / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(InputError, match=why) as refusal:
        given = OptOutList(read(path), Source.EHDS)
        enter(settings, cast, given, actor="mads", clock=at())

    assert "02709" not in str(refusal.value)
    assert OptOuts.of(settings).last() == 0


def test_semicolons_hyphens_and_a_byte_order_mark_are_understood(
    settings, cast, tmp_path
):
    path = tmp_path / "list.csv"
    path.write_text("id;since\n010270-9980;2026-01-01\n", "utf-8-sig")

    enter(settings, cast, OptOutList(read(path), Source.EHDS), actor="mads")

    vault = Vault.of(settings)
    (key,) = vault.keys_for(["0102709980"], kind="cpr", valid_from=DAY).to_pylist()
    assert OptOuts.of(settings).persons() == {key}


def test_nothing_of_theirs_is_in_the_next_snapshot(settings, clinic):
    """Two women and a man said no: count, index, tables, rows set aside."""
    before = Warehouse(settings).snapshot(1)
    entered(settings, clinic, *PEOPLE, "nobody-we-know")

    report = load_rows(settings, persons(), labs())

    snapshot = Warehouse(settings).snapshot()
    assert (report.snapshot, report.opted_out, report.unchanged) == (2, 3, False)
    assert snapshot.manifest.opted_out.persons == 3
    build(snapshot)
    assert (count(QUESTION, before), count(QUESTION, snapshot)) == (12, 10)
    out = set(keys(settings, *PEOPLE))
    files = [
        file
        for folder in ("tables", "quarantine")
        for file in (settings.warehouse / folder).rglob("*.parquet")
    ]
    of_snapshot = {file for name in ("person", "lab") for file in snapshot.files(name)}
    for file in files:
        if str(file) in of_snapshot or "000002" in str(file):
            found = duckdb.read_parquet(str(file)).project("person").fetchall()
            assert not out & {person for (person,) in found}
    assert report.problems == before.manifest.problems


def test_nothing_is_set_aside_of_who_said_no_and_left_the_list(settings, clinic):
    """Their rows came on, and nobody knew any more whose they are."""
    entered(settings, clinic, "p1")
    people = [row for row in persons() if row["id"] != "p1"]

    report = load_rows(settings, people, labs())

    assert not {one.rule for one in report.problems} & {"unknown_person"}
    assert report.opted_out == 0


def test_whoever_takes_it_back_is_there_again(settings, clinic):
    first = Warehouse(settings).snapshot(1)
    entered(settings, clinic, *PEOPLE)
    load_rows(settings, persons(), labs())
    entered(settings, clinic, *PEOPLE, says="back")

    report = load_rows(settings, persons(), labs())

    again = Warehouse(settings).snapshot()
    assert (report.snapshot, report.opted_out) == (3, 0)
    tables = (first.manifest.tables, again.manifest.tables)
    assert len({name["lab"].digest for name in tables}) == 1


def test_a_delivery_holds_nobody_who_said_no(settings, clinic):
    grant = issued(settings, clinic, refresh="daily")
    old = deliver(settings, clinic, grant.id, clock=at())
    entered(settings, clinic, *PEOPLE)
    load_rows(settings, persons(), labs())

    new = deliver(settings, clinic, grant.id, clock=at())

    assert (old.manifest.persons, new.manifest.persons) == (12, 10)


def test_nobody_is_given_anew_who_had_left_the_source_before(settings, clinic):
    """In snapshot 1, not in 2, opted out then: snapshot 3 has the tables of 2."""
    grant = issued(settings, clinic, refresh="daily")
    people = [row for row in persons() if row["id"] != "p1"]
    tests = [row for row in labs() if row["id"] != "p1"]
    assert load_rows(settings, people, tests).snapshot == 2
    entered(settings, clinic, "p1")

    report = load_rows(settings, people, tests)

    assert (report.snapshot, set(report.tables.values())) == (3, {"unchanged"})
    assert load_rows(settings, people, tests).unchanged
    with pytest.raises(PolicyRefusal, match="deliver snapshot 3"):
        deliver(settings, clinic, grant.id, snapshot=1, clock=at())


def test_a_mention_in_the_rows_of_others_goes_too(settings, database, tmp_path):
    """A mother who said no is not referred to by her child's row."""
    del database
    mapping = json.loads(json.dumps(installation.MAPPING))
    mapping["tables"][0]["columns"].append(
        {
            "name": "mother",
            "type": "person",
            "source": "mother",
            "sensitivity": "direct_identifier",
            "label": {"en": "Mother", "da": "Mor"},
        }
    )
    people = [{**row, "mother": "p1" if row["id"] == "p2" else ""} for row in persons()]
    place = installation.written(tmp_path / "source", people, labs())
    lines = a_list("p1").lines
    OptOuts.of(settings).record(lines, Source.EHDS, kind="clinic", at=NOW)
    described = installation.Mapping.model_validate(mapping)

    Warehouse(settings).load(str(place), described, clock=at())

    with Warehouse(settings).snapshot().connect() as connection:
        found = connection.execute("SELECT count(mother), count(*) FROM person")
        assert found.fetchone() == (0, 19)


def test_a_new_cpr_number_does_not_undo_it(settings, cast):
    """Who said no under the old number stays out under the new one."""
    old, new = cpr_hospital.CPR[0], "0507709990"
    given = OptOutList((OptOut(old, DAY),), Source.EHDS)
    enter(settings, cast, given, actor="mads", clock=at())
    Vault.of(settings).link(old, new, kind="cpr", on=DAY)

    cpr_hospital.load(settings)

    manifest = Warehouse(settings).snapshot().manifest
    assert manifest.opted_out.persons == 1
    assert manifest.tables["person"].rows == len(cpr_hospital.CPR)


def test_who_opts_out_by_a_new_number_is_found_under_the_old_one(settings, cast):
    """The list comes first, then the news that the number is a known person's."""
    cpr_hospital.load(settings)
    old, new = cpr_hospital.CPR[0], "0507709990"
    given = OptOutList((OptOut(new, DAY),), Source.EHDS)
    done = enter(settings, cast, given, actor="mads", clock=at())
    assert done == Recorded(1, 0, unmet=1)

    key = Vault.of(settings).link(old, new, kind="cpr", on=DAY)

    register = OptOuts.of(settings)
    assert register.persons() == {key}
    assert register.by_source()[Source.EHDS] == 1
    cpr_hospital.load(settings)
    assert Warehouse(settings).snapshot().manifest.opted_out.persons == 1
    done = enter(settings, cast, given, actor="mads", clock=at())
    assert done == Recorded(0, 0, unmet=0)


def test_ids_by_which_no_load_knows_anybody_are_refused(settings, clinic):
    for kind in ("cpr", "Clinic"):
        lines = (OptOut("0102709980", DAY),)
        with pytest.raises(InputError, match="ids of the kind clinic"):
            given = OptOutList(lines, Source.EHDS, kind)
            enter(settings, clinic, given, actor="mads", clock=at())

    assert OptOuts.of(settings).last() == 0
    assert entered(settings, clinic, "p1", "somebody") == Recorded(2, 0, unmet=1)


def test_the_commands(settings, database, tmp_path):
    projects.cast(database)
    path = tmp_path / "list.csv"
    path.write_text("id,since\np1,2026-01-01\np2,2026-01-01\n")

    def run(*words):
        command = ["opt-out", *words]
        return CliRunner().invoke(enclave, command, obj=settings).output

    options = ("--source", "ehds", "--kind", "clinic", "--as", "mads")
    said = run("load", str(path), *options)
    assert "2 said no, 0 have taken it back.\n2 of the 2 persons in the list" in said
    path.write_text("id,since\np2,2026-01-01\n")
    complete = run("load", str(path), "--complete", *options)
    assert "0 said no, 1 have taken it back." in complete
    assert "ehds: 1" in run("count")
    assert "1 have taken it back." in run("take-back", str(path), *options)
    assert "ehds: 0" in run("count")
