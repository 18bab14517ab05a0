"""What the loops over an index make of its files, also of damaged ones."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyroaring import BitMap

from enclave.cohort.question import (
    Around,
    CodeList,
    Comparison,
    EventCriterion,
    Question,
)
from enclave.errors import IntegrityError
from enclave.feasibility.index.bitmaps import bits
from enclave.feasibility.index.containers import Persons, Places, find_persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.layout import IndexManifest
from enclave.feasibility.index.packing import IN_WORD, find_begins
from enclave.feasibility.index.roaring import BITS
from enclave.feasibility.index.scanning import EVERYBODY
from enclave.feasibility.index.search import find
from enclave.feasibility.index.segment import Segment
from tests.builders.cohort import a_person, an_event
from tests.builders.index import an_index


PEOPLE = 200_000
GUARD = np.uint32(4_000_000_000)
SHARDS = [(0, PEOPLE), (0, 64), (70_016, 140_032), (131_072, PEOPLE)]
ILL = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
RESULT = EventCriterion(
    codes=CodeList.of("NPU", "NPU1"), value=Comparison(operator=">", threshold=3)
)
ASKED = Question(
    criteria=(Around(criterion=RESULT, anchor=ILL, from_days=0, to_days=90),)
)


def empty(file):
    file.write_bytes(b"")


def cut(file):
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def a_set(kind):
    random = np.random.default_rng(3)
    match kind:
        case "array":
            made = BitMap(random.choice(PEOPLE, 3_000, replace=False).tolist())
        case "bits":
            made = BitMap(random.choice(PEOPLE, 90_000, replace=False).tolist())
        case _:
            made = BitMap([*range(5, 60_000), *range(65_000, 66_000), 199_999])
    made.run_optimize()
    return made


def places_in(file, persons, lies=None):
    """Return who is found and where, and make sure nothing else was written to."""
    shard = persons.stop - persons.start + BITS
    room = Places(*(np.full(shard + 100, GUARD, np.uint32) for _ in range(2)))
    inner = Places(*(column[:shard] for column in room))
    found = find_persons(file, lies or (0, len(file)), persons, inner)
    assert all((column[shard:] == GUARD).all() for column in room)
    return found, *(column[: max(found, 0)] for column in room)


@pytest.mark.parametrize("kind", ["array", "bits", "runs"])
@pytest.mark.parametrize("shard", SHARDS)
@pytest.mark.parametrize("some", [False, True])
def test_a_set_is_read_where_it_lies(kind, shard, some):
    asked = BitMap(range(0, PEOPLE, 3)) if some else BitMap(range(PEOPLE))
    everybody, kept = a_set(kind), bits(asked, PEOPLE) if some else EVERYBODY
    # Behind an odd number of bytes, as behind another set.
    file = np.frombuffer(b"123" + everybody.serialize() + b"4", np.uint8)

    found, who, place = places_in(file, Persons(*shard, kept), (3, len(file) - 1))

    expected = everybody & asked & BitMap(range(*shard))
    assert who.tolist() == list(expected)
    assert found == len(expected)
    assert place.tolist() == [everybody.rank(each) - 1 for each in expected]


@pytest.mark.parametrize("kind", ["array", "bits", "runs"])
def test_nothing_outside_is_read_or_written_whatever_a_set_says(kind):
    random, written = np.random.default_rng(4), a_set(kind).serialize()
    refused = 0
    for turn in range(400):
        file = np.frombuffer(written, np.uint8).copy()
        # What comes first says how much there is, and where.
        last = min(40, len(file)) if turn % 2 else len(file)
        file[random.integers(0, last, 3)] = random.integers(0, 256, 3)
        file = file[: random.integers(0, len(file) + 1)] if turn % 3 == 0 else file
        start, stop = SHARDS[turn % len(SHARDS)]

        found, who, _ = places_in(file, Persons(start, stop, EVERYBODY))

        refused += found == DAMAGED
        assert ((who >= start) & (who < stop)).all()
    assert refused > 50


def test_begins_that_are_not_there_are_refused():
    firsts = np.frombuffer(np.array([0b1001, 0b1, 0], np.uint64).tobytes(), np.uint8)
    out = tuple(np.zeros(8, np.uint32) for _ in range(2))
    out += (np.zeros(IN_WORD, np.uint8),)

    def begin(places, events):
        return find_begins(firsts, (0, events), np.array(places, np.uint32), out)

    assert begin([0, 1, 2], 70)
    assert out[0][:3].tolist() == [0, 3, 64]
    assert out[1][:3].tolist() == [3, 64, 70]
    assert not begin([3], 70)
    assert not begin([1, 1], 70)
    assert not begin([1, 0], 70)
    assert not begin([2], 64)


@pytest.fixture
def index(tmp_path):
    """Make a small index with values, and say where it lies."""
    events = [ill(n % 300, f"DE11{n % 3}", n) for n in range(500)]
    events += [result(n % 290, n + 1, n % 7) for n in range(900)]
    people = [a_person(number) for number in range(300)]
    return an_index(people, events, tmp_path, duckdb.connect()), tmp_path


def ill(person, code, day):
    return an_event(person, code, date=date(2020, 1, 1) + timedelta(days=day))


def result(person, day, value):
    on = date(2020, 1, 1) + timedelta(days=day)
    lab = {"table": "lab", "code_system": "NPU", "value": value}
    return an_event(person, "NPU1", date=on, **lab)


@pytest.mark.parametrize("name", ["firsts", "days", "details", "own-details"])
def test_a_file_that_is_too_short_is_refused(index, name):
    _, folder = index
    file = folder / "segments" / "lab-0" / name
    file.write_bytes(file.read_bytes()[:8])

    with pytest.raises(IntegrityError, match="is damaged"):
        Segment(file.parent)


@pytest.mark.parametrize("name", ["firsts", "own-details", "details"])
def test_a_file_that_says_something_else_is_refused(index, name):
    known, folder = index
    assert find(ASKED, known).persons
    file = folder / "segments" / "lab-0" / name
    filling = b"\x00" if name == "firsts" else b"\xff"
    file.write_bytes(filling * len(file.read_bytes()))

    with pytest.raises(IntegrityError, match="is damaged"):
        ask_again(known)


def ask_again(known):
    segments = [Segment(each.folder) for each in known.segments]
    return find(ASKED, Index(known.persons, segments))


def test_codes_that_end_before_they_begin_are_refused(index):
    known, _ = index
    ill = next(each for each in known.segments if "DE111" in each.codes)
    file = ill.folder / "ancestors.parquet"
    stop = pq.read_table(ill.folder / "lists.parquet")["bitmap_stop"][-1].as_py()
    row = {"start": [1], "stop": [1], "bitmap_stop": [stop]}
    pq.write_table(pa.table(row, pq.read_schema(file)), file)

    with pytest.raises(IntegrityError, match="is damaged"):
        Segment(ill.folder)


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut])
def test_files_that_are_missing_empty_or_cut_are_refused(index, damage):
    known, folder = index
    segment = folder / "segments" / "lab-0"
    files = [each for each in segment.iterdir() if each.is_file()]
    assert len(files) >= 9
    for file in files:
        content = file.read_bytes()
        damage(file)

        with pytest.raises(IntegrityError, match="Tell a data manager"):
            Segment(segment)

        file.write_bytes(content)
    assert ask_again(known).persons


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut])
def test_persons_that_are_missing_empty_or_cut_are_refused(index, damage):
    _, folder = index
    [persons] = (folder / "persons").iterdir()
    manifest = IndexManifest(format=3, snapshot="", persons=persons.name, segments=())
    assert len(Index.read(folder, manifest)) == 300
    damage(persons / "birth.npy")

    with pytest.raises(IntegrityError, match="is damaged"):
        Index.read(folder, manifest)


def test_a_list_with_fewer_than_no_details_is_refused(tmp_path):
    events = [result(n, n, n % 7) for n in range(30)]
    events += [ill(n, f"DE11{n % 3}", n) | {"table": "lab"} for n in range(30)]
    people = [a_person(number) for number in range(300)]
    an_index(people, events, tmp_path, duckdb.connect())
    file = tmp_path / "segments" / "lab-0" / "lists.parquet"
    lists = pq.read_table(file)
    place = lists.schema.get_field_index("details")
    # All of them lie in the file, so nothing but the sign is wrong.
    all_of_them = sum(lists["details"].to_pylist())
    lie = pa.array([all_of_them, -1, *[0] * (len(lists) - 2)], pa.int64())
    lie = lie.cast(lists.schema.field("details").type)
    pq.write_table(lists.set_column(place, "details", lie), file)

    with pytest.raises(IntegrityError, match="is damaged"):
        Segment(file.parent)


def test_a_detail_that_there_is_not_is_refused(index):
    _, folder = index
    segment = folder / "segments" / "lab-0"
    details = pq.read_table(segment / "details.parquet")
    pq.write_table(details.slice(0, len(details) - 1), segment / "details.parquet")

    with pytest.raises(IntegrityError, match="is damaged"):
        Segment(segment)


@pytest.mark.parametrize("content", [b"\x00" * 8, BitMap([300]).serialize()])
def test_a_bitmap_that_says_something_else_is_refused(index, content):
    known, folder = index
    file = folder / "segments" / "lab-0" / "bitmaps"
    written = bytearray(file.read_bytes())
    written[: len(content)] = content
    file.write_bytes(written)
    segments = [Segment(each.folder) for each in known.segments]

    with pytest.raises(IntegrityError, match="is damaged"):
        find(ASKED, Index(known.persons, segments))
