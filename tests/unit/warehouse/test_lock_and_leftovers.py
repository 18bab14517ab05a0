import multiprocessing

import pytest

from enclave.errors import PolicyRefusal
from enclave.warehouse import leftovers
from enclave.warehouse.lock import loading
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import FILES, build_mapping, write_source


def hold(folder, held, let_go):
    with loading(folder):
        held.set()
        let_go.wait()


def test_lock_holds_between_processes_and_ends_with_them(tmp_path):
    context = multiprocessing.get_context("spawn")
    held, let_go = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, held, let_go))
    other.start()
    held.wait()

    with pytest.raises(PolicyRefusal, match="under way"), loading(tmp_path):
        pass

    other.kill()
    other.join()
    with loading(tmp_path):
        pass


def test_sweep_leaves_every_snapshot_and_nothing_else(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "a"), build_mapping())
    lab = FILES["lab"].replace("12.5", "9")
    stored.load(write_source(tmp_path / "b", lab=lab), build_mapping())
    folder = settings.warehouse
    before = sorted(path for path in folder.rglob("*"))
    (folder / "tables" / "ghost").mkdir()
    (folder / "tables" / "lab" / "part-ghost.parquet").write_bytes(b"")
    (folder / "quarantine" / "000003").mkdir()
    (folder / "quarantine" / ".partial-x").mkdir()
    (folder / "catalogues" / "000003.json").write_text("")
    (folder / "snapshots" / ".partial-y").write_text("")

    leftovers.sweep(folder)

    assert sorted(path for path in folder.rglob("*")) == before


def test_load_after_a_kill_says_that_it_cleans_up(settings, tmp_path):
    source = write_source(tmp_path / "source")
    (settings.warehouse / "loading" / "lab").mkdir(parents=True)
    told = []

    Warehouse(settings).load(source, build_mapping(), tell=told.append)

    assert told[0].startswith("Cleaning up")
    assert not (settings.warehouse / "loading").exists()


def test_failure_while_publishing_leaves_no_trace(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "a"), build_mapping())
    before = sorted(settings.warehouse.rglob("*.parquet"))
    # Somebody took the place of the next catalogue.
    (settings.warehouse / "catalogues" / "000002.json").mkdir()
    lab = FILES["lab"] + "0303700039,2014-01-01,CRP,1,mg/L\n"

    with pytest.raises(IsADirectoryError):
        stored.load(write_source(tmp_path / "b", lab=lab), build_mapping())

    assert sorted(settings.warehouse.rglob("*.parquet")) == before
    assert len(stored.snapshots()) == 1
    assert stored.load(str(tmp_path / "b"), build_mapping()).snapshot == 2
