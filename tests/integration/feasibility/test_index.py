"""The index on the disk: shared, built in parts, complete or not there at all."""

import json
import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.errors import IntegrityError
from enclave.feasibility.cohorts import index_of
from enclave.feasibility.counting import count
from enclave.feasibility.index import building
from enclave.feasibility.index.blocks import Blocks
from enclave.feasibility.index.building import build, folder_of, present_index
from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.layout import FORMAT
from enclave.feasibility.index.writing import EVENTS, LISTS, SETS
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders.small_hospital import FILES, load_small_hospital
from tests.integration.feasibility.killed_build import build_until, hold_for_good


TESTED = Question(
    criteria=(EventCriterion(codes=CodeList.of("NPU", "NPU19748")),),
)


@pytest.fixture(scope="module")
def hospital_home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    return load_small_hospital(folder).home


@pytest.fixture
def home(hospital_home, tmp_path) -> Path:
    shutil.copytree(hospital_home, tmp_path / "home")
    return tmp_path / "home"


def newest(home: Path):
    return Warehouse(Settings.at(home)).snapshot()


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([build_until.__module__])
    return context


def run(processes, *arguments) -> int:
    process = processes.Process(target=build_until, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def test_a_build_killed_anywhere_is_never_served(processes, home, tmp_path):
    counted = processes.SimpleQueue()
    whole = tmp_path / "whole"
    shutil.copytree(home, whole)
    assert run(processes, whole, 0, counted) == 0
    steps = counted.get()
    assert steps > 20

    for last in {1, 2, steps // 4, steps // 2, steps - 2, steps - 1, steps}:
        shutil.rmtree(folder_of(newest(home)), ignore_errors=True)

        assert run(processes, home, last, counted) == -signal.SIGKILL

        assert present_index(newest(home)) is None
        # It is built anew, and nothing of the broken one is left.
        assert count(TESTED, newest(home)) == 4
        assert [*folder_of(newest(home)).rglob("*partial*")] == []


def test_a_damaged_index_that_is_deleted_answers_again(home):
    segments = folder_of(newest(home)) / "segments"
    build(newest(home))
    for file in segments.iterdir():
        content = bytearray(file.read_bytes())
        for block in (EVENTS, SETS):
            begin, stop = Blocks(file).lies(block)
            content[begin:stop] = bytes(stop - begin)
        file.write_bytes(content)
    with pytest.raises(IntegrityError, match="deletes the folder feasibility"):
        count(TESTED, newest(home))

    shutil.rmtree(segments.parent)

    # In the same process, which has the damaged files open.
    assert count(TESTED, newest(home)) == 4


def test_an_index_of_an_older_format_is_built_anew(home):
    build(newest(home))
    folder = folder_of(newest(home))
    [manifest] = (folder / "snapshots").iterdir()
    # The index of the last version: a folder for each segment.
    older = folder / "segments" / "older"
    older.mkdir()
    (older / "bitmaps").write_bytes(b"another format")
    said = json.loads(manifest.read_bytes())
    said |= {"format": FORMAT - 1, "segments": ["older"]}
    manifest.write_text(json.dumps(said), encoding="utf-8")

    assert present_index(newest(home)) is None
    assert count(TESTED, newest(home)) == 4

    built = present_index(newest(home))
    assert built.format == FORMAT
    kept = {path.name for path in (folder / "segments").iterdir()}
    assert kept == {*built.segments}


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": 4}', b"\xff\x00"])
def test_a_damaged_manifest_is_as_none(home, content):
    build(newest(home))
    [manifest] = (folder_of(newest(home)) / "snapshots").iterdir()
    whole = manifest.read_bytes()
    manifest.write_bytes(content)

    assert present_index(newest(home)) is None
    assert count(TESTED, newest(home)) == 4
    assert manifest.read_bytes() == whole


def test_a_damaged_segment_is_not_taken_over(home):
    build(newest(home))
    folder = folder_of(newest(home))
    [manifest] = (folder / "snapshots").iterdir()
    manifest.unlink()
    for file in (folder / "segments").iterdir():
        file.write_bytes(file.read_bytes()[:-1])

    assert count(TESTED, newest(home)) == 4


def test_its_columns_are_pages_that_processes_share(home):
    index = index_of(newest(home))
    segment = next(one for one in index.segments if one.manifest.table == "lab")

    assert count(TESTED, newest(home)) == 4
    mapped = [
        line
        for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
        if line.endswith(str(segment.path))
    ]
    assert mapped
    # Read only, and shared.
    assert {line.split()[1] for line in mapped} <= {"r--s", "r--p"}


def test_a_segment_with_a_damaged_description_is_not_taken_over(home):
    build(newest(home))
    folder = folder_of(newest(home))
    [manifest] = (folder / "snapshots").iterdir()
    manifest.unlink()
    for file in (folder / "segments").iterdir():
        content = bytearray(file.read_bytes())
        begin, _ = Blocks(file).lies(LISTS)
        content[begin + 9] ^= 1
        file.write_bytes(content)

    # Its foot is whole, which says nothing of what the foot describes.
    assert count(TESTED, newest(home)) == 4


def test_the_index_of_another_version_is_kept_while_that_runs(processes, home):
    older = folder_of(newest(home)).with_name("format-4")
    (older / "segments").mkdir(parents=True)
    held = processes.Event()
    portal = processes.Process(target=hold_for_good, args=(older, held))
    portal.start()
    assert held.wait(60)

    build(newest(home))

    assert (older / "segments").is_dir()
    portal.kill()
    portal.join()
    shutil.rmtree(folder_of(newest(home)))
    # Built again, as a later snapshot's would be.
    assert count(TESTED, newest(home)) == 4
    assert not older.exists()


def test_a_daily_load_builds_only_what_is_new(home, hospital_home, tmp_path):
    before = build(newest(home))
    kept = {
        path: path.stat().st_mtime_ns
        for name in before.segments
        for path in [folder_of(newest(home)) / "segments" / name]
    }
    load_a_day(home, hospital_home, tmp_path)

    after = build(newest(home))

    assert after.snapshot != before.snapshot
    new = {*after.segments} - {*before.segments}
    assert len(new) in {1, 2}
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    # The one of yesterday is still there, as it was.
    assert present_index(Warehouse(Settings.at(home)).snapshot(1)) == before


def load_a_day(home, hospital_home, tmp_path):
    """Load the small hospital with one diagnosis more."""
    source = tmp_path / "source"
    source.mkdir()
    for name, text in FILES.items():
        more = "e,2021-01-01,DI109\n" if name == "diagnoses.csv" else ""
        (source / name).write_text(text + more, encoding="utf-8")
    mapping = Mapping.load(str(hospital_home.parent / "small.yaml"))
    Warehouse(Settings.at(home)).load(str(source), mapping)


def test_a_day_killed_anywhere_leaves_the_index_of_yesterday(
    processes, home, hospital_home, tmp_path
):
    before = build(newest(home))
    load_a_day(home, hospital_home, tmp_path)
    counted = processes.SimpleQueue()
    whole = tmp_path / "whole"
    shutil.copytree(home, whole)
    assert run(processes, whole, 0, counted) == 0
    steps = counted.get()

    # What one kill leaves, the next build begins with.
    for last in (1, steps // 3, steps // 2):
        assert run(processes, home, last, counted) == -signal.SIGKILL

        assert present_index(newest(home)) is None
        yesterday = Warehouse(Settings.at(home)).snapshot(1)
        assert present_index(yesterday) == before
        assert count(TESTED, yesterday) == 4
    assert count(TESTED, newest(home)) == 4
    assert build(newest(home)) == build(Warehouse(Settings.at(whole)).snapshot())


def test_a_year_of_daily_files_makes_few_parts(tmp_path):
    files, most, rebuilt = [], 0, 0
    for day in range(120):
        rows = 4_000 if day == 0 else 5
        path = tmp_path / f"{(day * 37) % 120:03d}.parquet"
        pq.write_table(pa.table({"person": range(rows)}), path)
        os.utime(path, ns=(day, day))
        before = building._parts(files) if files else []
        files.append(str(path))
        parts = building._parts(sorted(files))

        assert sorted(file for part in parts for file in part) == sorted(files)
        most = max(most, len(parts))
        rebuilt += sum(len(part) for part in parts if part not in before)

    assert most <= 4
    # Each file was read some ten times in all, where every day anew would be 7,260.
    assert rebuilt < 1_200


def test_what_was_found_is_kept_within_a_bound():
    cache, made = Cache(100), []

    def make(number: int):
        return cache.get(number, lambda: made.append(number) or number, lambda _: 40)

    for number in (1, 2, 1, 3, 1, 2):
        assert make(number) == number
        assert cache.bytes <= 100

    # Two fit: 2 had to make room for 3, and 1 was asked for meanwhile.
    assert made == [1, 2, 3, 2]
    assert cache.get("large", lambda: "large", lambda _: 101) == "large"
    assert cache.bytes == 80
