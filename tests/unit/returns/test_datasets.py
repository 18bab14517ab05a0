"""A cleaned dataset on its way from the project back to the hospital's persons."""

import csv
import io
import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from enclave.audit import log
from enclave.cli.main import enclave
from enclave.errors import InputError, IntegrityError, NotFoundError, PolicyRefusal
from enclave.identity.pseudonyms import Pseudonyms, destroy_key
from enclave.projects.people import Role
from enclave.returns import publications
from enclave.returns.close_out.plan import plan_of
from enclave.returns.datasets import desk, linking
from enclave.store.return_tables import Publication, ReturnedDataset
from tests.builders import project_forms
from tests.builders.projects import NOW, at, cast, person, project


FINE = "Terms and outliers were judged: fine."


@pytest.fixture
def ready(database):
    cast(database)
    with database.begin() as session:
        person(session, "mette", Role.DATA_MANAGER)
    project(database)
    return database


@pytest.fixture
def files(settings, ready, good, tmp_path):
    """The dataset that passes, its patients called as the project calls them."""
    del ready
    codebook, rows = good
    keys = np.arange(len(rows), dtype=np.int64) + 100
    names = Pseudonyms.for_project(settings, 1).of(keys).to_pylist()
    return written(tmp_path, codebook, names, rows)


def written(folder, codebook, names, rows):
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([one["name"] for one in codebook["columns"]])
    writer.writerows([name, *row[1:]] for name, row in zip(names, rows, strict=True))
    (folder / "data.csv").write_text(stream.getvalue())
    (folder / "codebook.json").write_text(json.dumps(codebook))
    return folder / "data.csv", folder / "codebook.json"


def submit(settings, database, files, actor="rikke", **more):
    fields = {"project": "demo", "actor": actor, "clock": at(), **more}
    return desk.submit(settings, database, *files, **fields).id


def state(database, number=1):
    with database.begin() as session:
        log.verify(session)
        return session.get_one(ReturnedDataset, number).state


def test_it_comes_back_to_person_keys_by_two_data_managers(settings, ready, files):
    number = submit(settings, ready, files)
    assert submit(settings, ready, files) == number
    desk.accept(ready, number, FINE, actor="mads", clock=at())
    with pytest.raises(PolicyRefusal, match="another data manager links"):
        linking.link(settings, ready, number, actor="mads", clock=at())

    found = linking.link(settings, ready, number, actor="mette", clock=at())

    assert linking.link(settings, ready, number, actor="mette", clock=at()) == found
    assert state(ready) == "linked"
    assert not desk.folder_of(settings, number).exists()
    place = settings.returns / "linked" / "1"
    table = pq.read_table(place / "data.parquet")
    assert table["person"].to_pylist() == list(range(100, 160))
    assert str(table.schema.field("transplant").type) == "date32[day]"
    assert str(table.schema.field("bmi").type) == "double"
    assert table["bmi"].null_count == 7
    described = json.loads((place / "codebook.json").read_text())
    assert described["columns"][0]["name"] == "person"
    with ready.begin() as session:
        actions = session.scalars(
            text("SELECT action FROM audit_entry WHERE subject = 'dataset:1'")
        ).all()
    assert actions == ["dataset.submit", "dataset.accepted", "dataset.link"]


def test_what_fails_a_check_is_not_kept(settings, ready, good, tmp_path):
    codebook, rows = good
    names = [f"P{number}" for number in range(len(rows))]
    rows[3][2] = "205"
    with pytest.raises(PolicyRefusal, match="fails checks 11"):
        submit(settings, ready, written(tmp_path, codebook, names, rows))
    assert not (settings.returns / "incoming").exists()


@pytest.mark.parametrize("place", ["data.csv", "codebook.json"])
def test_a_link_in_the_folder_is_not_followed(settings, ready, files, tmp_path, place):
    secret = tmp_path / "secret"
    shutil.copyfile(tmp_path / place, secret)
    (tmp_path / place).unlink()
    (tmp_path / place).symlink_to(secret)
    with pytest.raises(InputError):
        submit(settings, ready, files)


@pytest.mark.parametrize("actor", ["anne", "karen"])
def test_only_members_give_back(settings, ready, files, actor):
    with pytest.raises(PolicyRefusal, match="no member"):
        submit(settings, ready, files, actor)


@pytest.mark.parametrize("until", [None, "2026-01-01"])
def test_nobody_decides_on_what_is_or_was_their_own(settings, ready, files, until):
    number = submit(settings, ready, files)
    with ready.begin() as session:
        session.execute(
            text("INSERT INTO membership VALUES (1, 'mette', 'member', :day, :until)"),
            {"day": "2025-01-01", "until": until},
        )
    for actor in ("rikke", "karen", "mette"):
        with pytest.raises(PolicyRefusal):
            desk.accept(ready, number, FINE, actor=actor, clock=at())
    with pytest.raises(PolicyRefusal, match="only an accepted"):
        linking.link(settings, ready, number, actor="mads", clock=at())
    desk.accept(ready, number, FINE, actor="mads", clock=at())
    with pytest.raises(PolicyRefusal, match="their own project"):
        linking.link(settings, ready, number, actor="mette", clock=at())
    with pytest.raises(PolicyRefusal, match="already"):
        desk.accept(ready, number, FINE, actor="mads", clock=at())


def test_a_refused_one_leaves_nothing_behind(settings, ready, files):
    number = submit(settings, ready, files)
    with pytest.raises(InputError, match="sentence"):
        desk.refuse(settings, ready, number, "no", actor="mads", clock=at())
    for _ in range(2):  # as after a kill
        desk.refuse(settings, ready, number, "Not the agreed rows.", actor="mads")
    assert not desk.folder_of(settings, number).exists()
    with pytest.raises(PolicyRefusal, match="was refused as number 1"):
        submit(settings, ready, files)


def test_strangers_in_it_are_counted_and_not_named(settings, ready, good, tmp_path):
    codebook, rows = good
    other = Pseudonyms.for_project(settings, 2)
    names = other.of(np.arange(len(rows), dtype=np.int64)).to_pylist()
    number = submit(settings, ready, written(tmp_path, codebook, names, rows))
    desk.accept(ready, number, FINE, actor="mads", clock=at())

    with pytest.raises(InputError, match="60 rows are about nobody") as refused:
        linking.link(settings, ready, number, actor="mette", clock=at())

    assert not any(name in str(refused.value) for name in names)
    assert state(ready) == "accepted"
    assert not (settings.returns / "linked" / "1").exists()


def test_changed_files_and_a_destroyed_key_link_nothing(settings, ready, files):
    number = submit(settings, ready, files)
    desk.accept(ready, number, FINE, actor="mads", clock=at())
    data = desk.folder_of(settings, number) / "data.csv"
    kept = data.read_bytes()
    data.write_bytes(kept + b"\n")
    with pytest.raises(IntegrityError, match="not the one that was submitted"):
        linking.link(settings, ready, number, actor="mette", clock=at())
    data.write_bytes(kept)
    destroy_key(settings, 1, actor="karen", reason="closed")
    with pytest.raises(PolicyRefusal, match="was destroyed"):
        linking.link(settings, ready, number, actor="mette", clock=at())


def test_killed_between_files_and_record_it_goes_on(settings, ready, files):
    class KilledError(Exception):
        pass

    def killed():
        raise KilledError

    with pytest.raises(KilledError):
        submit(settings, ready, files, clock=killed)
    number = submit(settings, ready, files)
    desk.accept(ready, number, FINE, actor="mads", clock=at())
    calls = []

    def late():
        calls.append(1)
        if len(calls) == 2:
            raise KilledError
        return NOW

    with pytest.raises(KilledError):
        linking.link(settings, ready, number, actor="mette", clock=late)
    assert state(ready, number) == "accepted"
    linking.link(settings, ready, number, actor="mette", clock=at())
    assert state(ready, number) == "linked"


def test_a_project_does_not_end_while_its_dataset_waits(settings, ready, files):
    def waits():
        with ready.begin() as session:
            items = plan_of(session, "demo", NOW).items
        return [one.name for one in items if one.key == "dataset_waits"]

    number = submit(settings, ready, files)
    assert waits() == ["dataset:1"]
    desk.accept(ready, number, FINE, actor="mads", clock=at())
    assert waits() == ["dataset:1"]
    linking.link(settings, ready, number, actor="mette", clock=at())
    assert waits() == []


@pytest.mark.parametrize(
    ("written_as", "name"),
    [
        ("10.1136/bmjopen-2024-089966", "10.1136/bmjopen-2024-089966"),
        ("https://doi.org/10.1000/XYZ(1)", "10.1000/xyz(1)"),
        ("doi: 10.1000/1", "10.1000/1"),
    ],
)
def test_a_publication_is_kept_once_whatever_its_letters(ready, written_as, name):
    with ready.begin() as session:
        for _ in range(2):
            made = publications.record(session, "demo", written_as, actor="rikke")
        assert made.doi == name
        assert session.query(Publication).count() == 1


def test_a_publication_names_archived_analyses(ready):
    with ready.begin() as session:
        project_forms.archive(session, "demo")
        session.flush()
        name = session.scalars(text("SELECT id FROM archived_analysis")).one()
        for analyses in ((), (name,), (name,)):
            made = publications.record(
                session, "demo", "10.1000/1", analyses, actor="mads"
            )
        assert json.loads(made.analyses) == [name]
        with pytest.raises(NotFoundError, match="not among the archived"):
            publications.record(session, "demo", "10.1000/1", ["x"], actor="mads")
        with pytest.raises(PolicyRefusal):
            publications.record(session, "demo", "10.1000/1", actor="anne")


@pytest.mark.parametrize(
    "doi", ["", "10.1/x", "11.1000/x", "10.1000/", "10.1000/<b>", "10.1000/a b"]
)
def test_what_is_no_doi_is_refused(ready, doi):
    with ready.begin() as session, pytest.raises(InputError, match="no DOI"):
        publications.record(session, "demo", doi, actor="rikke")


def test_the_command_line_brings_one_home(settings, ready, files):
    ready.dispose()

    def run(*words):
        done = CliRunner().invoke(enclave, ["returns", *map(str, words)], obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    assert "60 rows" in run("submit", *files, "--project", "demo", "--as", "rikke")
    run("accept", 1, "--comment", FINE, "--as", "mads")
    assert "linked" in run("link", 1, "--as", "mette")
    assert json.loads(run("list", "--project", "demo"))[0]["state"] == "linked"
    said = run("publication", "10.1000/1", "--project", "demo", "--as", "rikke")
    assert "https://doi.org/10.1000/1" in said
