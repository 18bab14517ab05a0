"""Near-identical cohorts share an answer, and nobody can see where nearness ends."""

import pytest
from pyroaring import BitMap
from sqlalchemy import select

from enclave.disclosure.layout import COUNT, Layout, number_apart
from enclave.disclosure.sealing import Seal
from enclave.disclosure.snapping import Anchor, farthest, nearest
from enclave.errors import IntegrityError
from enclave.store.disclosure_tables import AnsweredCohort, Snap, StoredAnswer
from tests.builders.disclosure import (
    SECRET,
    a_gate,
    asker,
    but_not,
    event,
    question,
    rules,
)


HALVES = Layout("halves", ("left", "right"), composed=False)
PERSONS = BitMap(range(1000, 1500))


def counts(persons: BitMap) -> dict[str, BitMap]:
    return {"all": persons}


def share_that_snaps(distance: int, times: int = 400) -> float:
    anchor = Anchor("a", counts(BitMap(range(distance))))
    found = [nearest(counts(BitMap()), [anchor], rules()) for _ in range(times)]
    return found.count("a") / times


@pytest.fixture
def ask(database):
    gate = a_gate(database)
    codes = (f"DE{number}" for number in range(10, 99))

    def ask(persons: BitMap, snapshot: int = 1) -> int | None:
        asked = question(event(next(codes)))
        return gate.ask(asker(), asked, snapshot, lambda _: persons).value

    return ask


def rows(database, table):
    with database.begin() as session:
        return list(session.scalars(select(table)))


def test_one_person_makes_no_second_sample(ask, database):
    answers = {ask(PERSONS - BitMap([1000 + number])) for number in range(20)}

    # A chance of three in a thousand for each, if it were not for the nearest of many.
    assert len(answers) <= 2
    assert len(rows(database, StoredAnswer)) == 20
    assert len(rows(database, Snap)) >= 18


def test_a_snapped_question_has_its_neighbours_noise(ask, database):
    ask(PERSONS)
    ask(PERSONS)

    one, other = rows(database, StoredAnswer)
    [snap], [cohort] = rows(database, Snap), rows(database, AnsweredCohort)
    assert one.noisy == other.noisy
    assert {snap.question_id, snap.anchor_id} == {one.question_id, other.question_id}
    assert cohort.question_id == snap.anchor_id


def test_other_persons_and_other_snapshots_have_their_own_noise(ask, database):
    ask(PERSONS)
    ask(BitMap(range(2000, 2500)))
    ask(PERSONS, snapshot=2)

    assert rows(database, Snap) == []
    assert len(rows(database, AnsweredCohort)) == 3


def test_answers_do_not_wander_from_neighbour_to_neighbour(ask, database):
    # Compared is with cohorts that have noise of their own, never with snapped ones.
    for step in range(12):
        ask(BitMap(range(1000 + 25 * step, 1500 + 25 * step)))

    assert len(rows(database, AnsweredCohort)) > 1


def test_the_edge_is_blurred():
    policy = rules()
    k = policy.snap_distance

    assert share_that_snaps(0, times=100) > 0.9
    assert 0.3 < share_that_snaps(k) < 0.7
    # One person changes the chance by four in a hundred at most, not from 0 to 1.
    assert 0.1 < share_that_snaps(k + 5) < share_that_snaps(k - 5) < 0.9
    assert share_that_snaps(round(farthest(policy)) + 1, times=20) == 0


def test_the_nearest_is_blurred_too():
    # An exact choice between two at nearly the same distance would tell who is nearer.
    cohort = BitMap(range(100))
    anchors = [
        Anchor("ten away", counts(BitMap(range(10, 100)))),
        Anchor("eleven away", counts(BitMap(range(89)))),
    ]

    found = [nearest(counts(cohort), anchors, rules()) for _ in range(200)]

    assert 60 < found.count("eleven away") < 140


def test_who_is_in_other_cells_counts_once():
    one = {"left": BitMap([1, 2]), "right": BitMap([3])}
    other = {"left": BitMap([1]), "right": BitMap([2, 3, 4])}

    assert number_apart(one, other) == 2
    assert number_apart(one, one) == 0


def test_a_cohort_is_sealed_for_its_question():
    seal = Seal(SECRET)
    cells = {"left": BitMap(range(5)), "right": BitMap()}

    sealed = seal.close(cells, HALVES, "a" * 64)

    assert seal.open(sealed, HALVES, "a" * 64) == cells
    for other, name in ((Seal(bytes(32)), "a" * 64), (seal, "b" * 64)):
        with pytest.raises(IntegrityError, match=r"keys/gate\.key"):
            other.open(sealed, HALVES, name)


def test_a_sealed_cohort_does_not_tell_its_size_by_its_length():
    seal = Seal(SECRET)
    lengths = {
        len(seal.close(counts(BitMap(range(0, 2 * size, 2))), COUNT, "a"))
        for size in (0, 1, 20, 500, 1500)
    }

    assert len(lengths) == 1


def test_however_a_cohort_is_divided_its_parts_come_to_one_sum(database):
    gate, whole = a_gate(database), [event("DE11"), but_not(event("DC50"))]
    asked = []
    for number in range(6):
        # Each crowd takes others out of a thousand persons, too many to snap.
        crowd = BitMap(range(150 * number, 150 * number + 100))
        code = event(f"DI{10 + number}")
        for part, persons in (
            (code, crowd),
            (but_not(code), BitMap(range(1000)) - crowd),
        ):
            asked.append(question(*whole, part))
            gate.ask(asker(), asked[-1], 1, lambda _, found=persons: found)

    noisy = {row.question_id: row.noisy for row in rows(database, StoredAnswer)}
    of_whole = noisy[gate._asked(question(*whole), 1, COUNT).id]
    of_parts = [noisy[gate._asked(one, 1, COUNT).id] for one in asked]
    for one, other in zip(of_parts[::2], of_parts[1::2], strict=True):
        assert one + other == of_whole
