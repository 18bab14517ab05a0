"""What holds for every key and every person."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from enclave.errors import InputError
from enclave.identity.pseudonyms import ALPHABET, Pseudonyms


keys = st.binary(min_size=32, max_size=32)
persons = st.integers(0, 2**63 - 1)


def pseudonym(key: bytes, person: int) -> str:
    return Pseudonyms(key, "key").of(np.array([person]))[0].as_py()


@given(keys, persons)
def test_round_trip(key: bytes, person: int):
    assert Pseudonyms(key, "key").reveal(pseudonym(key, person)) == person


@given(keys, st.lists(persons, unique=True))
def test_no_collision_and_same_order(key: bytes, many: list[int]):
    made = Pseudonyms(key, "key").of(np.array(many, dtype=np.int64)).to_pylist()

    assert len(set(made)) == len(many)
    assert made == [pseudonym(key, one) for one in many]


@given(keys, keys, persons)
def test_another_key_does_not_reveal_it(key: bytes, other: bytes, person: int):
    assume(key != other)
    made = pseudonym(key, person)

    assert pseudonym(other, person) != made
    assert _revealed(other, made) is None


@given(keys, persons, st.integers(0, 25), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_noticed(key: bytes, person: int, place: int, letter: str):
    made = pseudonym(key, person)
    assume(made[place] != letter)

    assert _revealed(key, made[:place] + letter + made[place + 1 :]) is None


@given(keys, st.text(max_size=40))
def test_any_text_is_answered_or_refused(key: bytes, text: str):
    revealed = _revealed(key, text)

    assert revealed is None or revealed >= 0


def _revealed(key: bytes, text: str) -> int | None:
    try:
        return Pseudonyms(key, "key").reveal(text)
    except InputError:
        return None
