"""What the loops over an index make of its files, also of damaged ones."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
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
from enclave.feasibility.index.bitmap_file import BitmapFile
from enclave.feasibility.index.bitmaps import bits
from enclave.feasibility.index.blocks import (
    Blocks,
    BlockWriter,
    checksum,
    rows_read,
    rows_written,
)
from enclave.feasibility.index.containers import MORE, Persons, Places, find_persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.layout import FORMAT, IndexManifest
from enclave.feasibility.index.packing import IN_WORD, find_begins
from enclave.feasibility.index.scanning import EVERYBODY
from enclave.feasibility.index.search import find
from enclave.feasibility.index.segment import Segment
from enclave.feasibility.index.writing import (
    ANCESTORS,
    DETAILS,
    EVENTS,
    LISTS,
    SETS,
)
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


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


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
    shard = persons.stop - persons.start + MORE
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


def test_any_byte_that_changes_is_refused(index):
    known, _ = index
    random = np.random.default_rng(5)
    refused = 0
    for segment in known.segments:
        content, whole = segment.path.read_bytes(), everything([segment])
        for place in random.integers(0, len(content), 60):
            flipped = bytearray(content)
            flipped[place] ^= 1 << int(random.integers(0, 8))
            damaged = changed(segment.path, bytes(flipped))
            try:
                # Between two blocks lie zeros that nobody reads.
                assert everything([Segment(damaged)]) == whole
            except IntegrityError:
                refused += 1
    assert refused > 110


def changed(path, content):
    """Write another file beside one: pages of one that is mapped may not be cut."""
    other = path.with_name(f"{path.name}-changed")
    other.unlink(missing_ok=True)
    other.write_bytes(content)
    return other


def everything(segments):
    """Return all that some segments say."""
    said = {}
    for each in segments:
        numbers = np.arange(len(each.codes))
        each.check(numbers)
        sets = [each.persons(range(number, number + 1)).bitmap for number in numbers]
        sets.append(each.persons(range(len(each.codes))).bitmap)
        columns = [each.columns.lists.tobytes(), each.details.value.tobytes()]
        said[each.manifest.table] = sets, columns, each.codes, each.systems
    return said


@pytest.mark.parametrize("name", [EVENTS, SETS, LISTS, DETAILS])
def test_a_question_is_refused_whose_events_are_damaged(index, name):
    known, _ = index
    assert find(ASKED, known).persons
    lab = next(each for each in known.segments if each.manifest.table == "lab")
    begin, stop = Blocks(lab.path).lies(name)
    content = bytearray(lab.path.read_bytes())
    content[(begin + stop) // 2] ^= 1
    damaged = changed(lab.path, content)

    with pytest.raises(IntegrityError, match="Tell a data manager"):
        ask_again(known, damaged)


def test_what_nobody_asks_for_is_not_looked_at(index):
    known, _ = index
    lab = next(each for each in known.segments if each.manifest.table == "lab")
    content = bytearray(lab.path.read_bytes())
    content[Blocks(lab.path).lies(EVENTS)[0]] ^= 1
    damaged = Segment(changed(lab.path, content))
    others = [each for each in known.segments if each is not lab]

    found = find(Question(criteria=(ILL,)), Index(known.persons, [*others, damaged]))

    assert found.persons == find(Question(criteria=(ILL,)), known).persons


def ask_again(known, damaged):
    others = [each for each in known.segments if each.manifest.table != "lab"]
    return find(ASKED, Index(known.persons, [*others, Segment(damaged)]))


def rewritten(segment, name, change):
    """Write a segment again, with checksums, whose rows of a block are others."""
    old = Blocks(segment.path)
    other = segment.path.with_name("rewritten")
    with BlockWriter(other) as writer:
        for each in (EVENTS, DETAILS, SETS, LISTS, ANCESTORS):
            if each in (EVENTS, SETS):
                begun = writer.place
                writer.write(old.file[slice(*old.lies(each))])
                writer.end(each, begun=begun)
                continue
            rows = rows_read(old.block(each))
            writer.block(each, rows_written(change(rows) if each == name else rows))
        writer.seal(old.document)
    return other


def test_what_is_written_again_as_it_was_is_read(index):
    known, _ = index
    for segment in known.segments:
        again = Segment(rewritten(segment, LISTS, lambda rows: rows))
        assert everything([again]) == everything([segment])


def test_codes_that_end_before_they_begin_are_refused(index):
    known, _ = index
    ill = next(each for each in known.segments if "DE111" in each.codes)
    row = {"start": [1], "stop": [1], "set_length": [0], "set_check": [0]}
    broken = rewritten(ill, ANCESTORS, lambda rows: pa.table(row, rows.schema))

    with pytest.raises(IntegrityError, match="is damaged"):
        Segment(broken)


@pytest.mark.parametrize("column", ["details", "events", "set_length"])
def test_a_list_with_fewer_than_none_is_refused(index, column):
    known, _ = index
    ill = next(each for each in known.segments if "DE111" in each.codes)

    def lie(rows):
        # All of them lie in the file, so nothing but the sign is wrong.
        numbers = [sum(rows[column].to_pylist()) + 1, -1, *[0] * (len(rows) - 2)]
        place = rows.schema.get_field_index(column)
        return rows.set_column(place, column, pa.array(numbers, pa.int64()))

    with pytest.raises(IntegrityError, match="is damaged"):
        Segment(rewritten(ill, LISTS, lie))


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut])
def test_files_that_are_missing_empty_or_cut_are_refused(index, damage):
    known, _ = index
    for segment in known.segments:
        damaged = changed(segment.path, segment.path.read_bytes())
        damage(damaged)

        with pytest.raises(IntegrityError, match="Tell a data manager"):
            Segment(damaged)


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut, flip])
def test_persons_that_are_missing_empty_or_cut_are_refused(index, damage):
    _, folder = index
    [persons] = (folder / "persons").iterdir()
    damaged = changed(persons, persons.read_bytes())
    manifest = {"format": FORMAT, "snapshot": "", "segments": ()}
    whole = IndexManifest(**manifest, persons=persons.name)
    broken = IndexManifest(**manifest, persons=damaged.name)
    assert len(Index.read(folder, whole)) == 300
    damage(damaged)

    with pytest.raises(IntegrityError, match="is damaged"):
        Index.read(folder, broken)


@pytest.mark.parametrize("content", [b"\x00" * 8, BitMap([300]).serialize()])
def test_a_bitmap_that_says_something_else_is_refused(content):
    file = np.frombuffer(content, np.uint8)
    bounds, checks = np.array([0, len(file)]), np.array([checksum(content)], np.uint64)

    with pytest.raises(IntegrityError, match="is damaged"):
        BitmapFile(file, (bounds, checks), 300, 300)[0]
