"""The return folder: what is seen in it, and that nothing else comes along."""

import json
import os
import threading

import nbformat
import numpy as np
import pytest

from enclave.delivery.deliver import deliver
from enclave.errors import EnclaveError, InputError, NotFoundError, PolicyRefusal
from enclave.identity.pseudonyms import Pseudonyms
from enclave.returns import folder, scratch, taking
from enclave.returns.close_out.inventory import folders_of
from enclave.returns.findings import listing
from enclave.returns.folder import Entry
from enclave.returns.sweeping import sweep
from enclave.returns.taking import take
from enclave.store.job_tables import Job
from enclave.store.return_tables import ReturnedDataset
from tests.builders import installation
from tests.builders.projects import at
from tests.unit.returns.test_findings import FORM


@pytest.fixture
def root(settings):
    place = folder.place_of(settings, "demo")
    place.mkdir(parents=True)
    return place


def hand_in(settings, database, name, actor="rikke", title="Survival"):
    return folder.hand_in(
        settings, database, "demo", name, title, actor=actor, clock=at()
    )


def notebook():
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    made.metadata["kernelspec"] = {"name": "python-2026.12", "language": "python"}
    return nbformat.writes(made)


def test_what_can_be_handed_in_is_seen_and_nothing_else(settings, root, tmp_path):
    (root / "survival.ipynb").write_text("{}")
    (root / "study").mkdir()
    (root / "study" / "main.R").write_text("1")
    (root / "cleaned").mkdir()
    for name in ("data.csv", "codebook.json"):
        (root / "cleaned" / name).write_text("x")
    (root / "finding-1.json").write_text("{}")
    (root / "notes.txt").write_text("not for anybody")
    (root / "empty").mkdir()
    (root / "<script>.ipynb").write_text("{}")
    (root / "link.ipynb").symlink_to(tmp_path)
    (root / "folder-link").symlink_to(root / "study")
    os.mkfifo(root / "pipe.ipynb")

    assert folder.entries(settings, "demo") == [
        Entry("cleaned", "dataset"),
        Entry("finding-1.json", "finding"),
        Entry("study", "analysis"),
        Entry("survival.ipynb", "analysis"),
    ]
    assert folder.entries(settings, "other") == []


def test_each_kind_goes_where_it_belongs(settings, database, root, good):
    installation.set_up(settings, database)
    grant = installation.issued(settings, database)
    deliver(settings, database, grant.id, clock=at())
    (root / "survival.ipynb").write_text(notebook())
    (root / "finding.json").write_text(json.dumps(FORM))
    codebook, rows = good
    names = Pseudonyms.for_project(settings, 1).of(np.arange(60, dtype=np.int64))
    (root / "cleaned").mkdir()
    lines = [",".join(one["name"] for one in codebook["columns"])]
    lines += [
        ",".join([name, *row[1:]])
        for name, row in zip(names.to_pylist(), rows, strict=True)
    ]
    (root / "cleaned" / "data.csv").write_text("\n".join(lines) + "\n")
    (root / "cleaned" / "codebook.json").write_text(json.dumps(codebook))

    assert hand_in(settings, database, "finding.json") == ("finding", 1)
    assert hand_in(settings, database, "cleaned") == ("dataset", 1)
    kind, job = hand_in(settings, database, "survival.ipynb")

    assert kind == "analysis"
    with database.begin() as session:
        assert session.get_one(Job, job).payload["account"] == "rikke"
        assert session.get_one(ReturnedDataset, 1).submitted_by == "rikke"
        # What a workspace wrote is for data managers first.
        assert listing.one(session, 1, "rikke")["finding"] is None
    assert list(settings.returns.glob("[tc]*ing/demo")) == []


def test_a_large_dataset_is_left_to_the_command(settings, database, root):
    installation.set_up(settings, database)
    (root / "cleaned").mkdir()
    (root / "cleaned" / "codebook.json").write_text("{}")
    with (root / "cleaned" / "data.csv").open("wb") as file:
        file.truncate(50_000_001)

    with pytest.raises(InputError, match="`enclave returns submit") as refused:
        hand_in(settings, database, "cleaned")
    assert "mere end 50 MB" in (refused.value.danish or "")


def test_only_members_hand_in_and_only_what_is_there(settings, database, root):
    installation.set_up(settings, database)
    (root / "finding.json").write_text("[1]")
    for actor in ("anne", "karen"):
        with pytest.raises(PolicyRefusal, match="no member"):
            hand_in(settings, database, "finding.json", actor)
    for name in ("gone.ipynb", "../work/a.ipynb", "/etc/passwd", ""):
        with pytest.raises(NotFoundError, match="nothing of that name"):
            hand_in(settings, database, name)
    with pytest.raises(InputError, match="no JSON object"):
        hand_in(settings, database, "finding.json")


def test_what_a_killed_process_took_is_removed(settings, database):
    installation.set_up(settings, database)
    left = scratch.folders_of(settings, "demo")
    for one in left:
        one.mkdir(parents=True)
        (one / "data.csv").write_text("patient")

    with scratch.scratch(settings, "taking", "demo") as work:
        assert list(work.iterdir()) == []
        assert sweep(settings, database) == 1
        assert work.is_dir()
    assert not any(one.exists() for one in left)
    assert set(left) <= set(folders_of(settings, {"project": "demo", "own_data": []}))


def test_files_of_a_dataset_that_is_not_on_record_are_destroyed(settings, database):
    for name in ("7", ".partial-x"):
        (settings.returns / "incoming" / name).mkdir(parents=True)
        (settings.returns / "incoming" / name / "data.csv").write_text("patient")

    assert sweep(settings, database) == 1
    assert list((settings.returns / "incoming").iterdir()) == []


def test_a_link_is_not_taken_along_on_any_level(root, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    study = root / "study"
    (study / "inner").mkdir(parents=True)
    (study / "main.py").write_text("1")
    (study / "inner" / "more.py").write_text("2")
    (study / "a").symlink_to(secret / "key")
    (study / "b").symlink_to(secret)
    (study / "inner" / "c").symlink_to(secret / "key")
    os.mkfifo(study / "pipe")
    into = tmp_path / "taken"
    into.mkdir()

    taken = take(root, "study", into)

    files = sorted(
        str(one.relative_to(taken)) for one in taken.rglob("*") if one.is_file()
    )
    assert files == ["inner/more.py", "main.py"]


def test_a_folder_that_is_swapped_for_a_link_meanwhile_gives_nothing(root, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "main.py").write_text("secret")
    honest, swapped = root / "honest", root / "link"
    honest.mkdir()
    (honest / "main.py").write_text("honest")
    swapped.symlink_to(secret)
    ended = threading.Event()

    def swap():
        while not ended.is_set():
            for one in (honest, swapped):
                one.rename(root / "study")
                (root / "study").rename(one)

    thread = threading.Thread(target=swap)
    thread.start()
    found = set()
    for number in range(200):
        into = tmp_path / f"taken-{number}"
        into.mkdir()
        try:
            taken = take(root, "study", into)
        except EnclaveError:
            continue
        found |= {one.read_text() for one in taken.rglob("*.py")}
    ended.set()
    thread.join()
    assert "secret" not in found


def test_what_goes_while_it_is_listed_is_left_out(settings, root):
    (root / "study").mkdir()
    (root / "study" / "main.py").write_text("1")
    ended = threading.Event()

    def swap():
        while not ended.is_set():
            (root / "study").rename(root / ".away")
            (root / ".away").rename(root / "study")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        found = {tuple(folder.entries(settings, "demo")) for _ in range(2_000)}
    finally:
        ended.set()
        thread.join()
    assert found <= {(), (Entry("study", "analysis"),)}


def test_of_very_many_names_some_are_seen(settings, root, monkeypatch):
    monkeypatch.setattr(taking, "MOST_FILES", 3)
    (root / "study").mkdir()
    for number in range(9):
        (root / f"{number}.py").write_text("1")
        (root / "study" / f"{number}.py").write_text("1")

    assert 0 < len(folder.entries(settings, "demo")) <= 3


@pytest.mark.parametrize("what", ["folders", "links", "levels"])
def test_folders_links_and_levels_are_counted(root, tmp_path, monkeypatch, what):
    monkeypatch.setattr(taking, "MOST_FILES", 30)
    study = root / "study"
    study.mkdir()
    for number in range(31 if what != "levels" else 0):
        one = study / str(number)
        one.mkdir() if what == "folders" else one.symlink_to(root)
    if what == "levels":
        study.joinpath(*"a" * 21).mkdir(parents=True)

    with pytest.raises(InputError, match="hand in less"):
        take(root, "study", tmp_path)


def test_too_much_is_refused(root, tmp_path, monkeypatch):
    monkeypatch.setattr(taking, "MOST_BYTES", 10)
    (root / "large.py").write_text("x" * 11)
    with pytest.raises(InputError, match="hand in less"):
        take(root, "large.py", tmp_path)
    monkeypatch.setattr(taking, "MOST_FILES", 1)
    (root / "many").mkdir()
    for name in "ab":
        (root / "many" / f"{name}.py").write_text("1")
    with pytest.raises(InputError, match="hand in less"):
        take(root, "many", tmp_path)
