"""Pseudonyms: one per person and project, turned back only with the key."""

import hashlib
import hmac
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB

from enclave.errors import InputError, PolicyRefusal
from enclave.identity.pseudonyms import ALPHABET, LENGTH, Pseudonyms, destroy_key
from enclave.settings import Settings


ROOT = Path(__file__).parents[3]
KEY = bytes(range(32))

# Fixed for ever: a change here would change the pseudonyms of running projects.
VECTORS = {
    0: "5Z54MZBR858NA2HDM1C0YCX0T6",
    1: "6QMKSWXD9A9TAA6786H7DBVPKD",
    31: "27Z3VYMCPZ82SPJ14EVTD98S0K",
    5_931_000: "48B4Z8X6FSC5TB9SEH3CC5PPS2",
    2**63 - 1: "5YY8VQFP024KNR2A789HR8QGM3",
}


def pseudonyms(key: bytes = KEY) -> Pseudonyms:
    return Pseudonyms(key, "project-3-epoch-1")


def of(*person_keys: int, key: bytes = KEY) -> list[str]:
    return pseudonyms(key).of(np.array(person_keys, dtype=np.int64)).to_pylist()


def by_the_book(person_key: int) -> str:
    """The same, one person at a time, from the definitions (RFC 5869, FIPS 197)."""
    key = hmac.new(KEY, b"enclave/v1/pseudonym\x01", hashlib.sha256).digest()
    block = b"person/1" + person_key.to_bytes(8, "big")
    encryptor = Cipher(AES256(key), ECB()).encryptor()  # noqa: S305 - single blocks
    number = int.from_bytes(encryptor.update(block) + encryptor.finalize(), "big")
    return _letters(number)


@pytest.mark.parametrize(("person_key", "pseudonym"), VECTORS.items())
def test_vectors(person_key: int, pseudonym: str):
    assert of(person_key) == [pseudonym]
    assert by_the_book(person_key) == pseudonym
    assert pseudonyms().reveal(pseudonym) == person_key


def test_the_documentation_has_the_same_vectors():
    page = (ROOT / "docs" / "explanation" / "pseudonyms.md").read_text("utf-8")

    rows = re.findall(r"^\| (\d+) \| `(\w{26})` \|$", page, re.MULTILINE)
    assert len(rows) == 4
    assert {int(key): pseudonym for key, pseudonym in rows}.items() <= VECTORS.items()


def test_many_at_once_are_those_by_the_book():
    keys = np.random.default_rng(7).integers(0, 2**63 - 1, 40_000)

    made = pseudonyms().of(keys)

    made.validate(full=True)
    assert made.type == pa.string()
    picked = np.arange(0, 40_000, 997)
    expected = [by_the_book(int(key)) for key in keys[picked]]
    assert made.take(pa.array(picked)).to_pylist() == expected
    assert made[16_384].as_py() == by_the_book(int(keys[16_384]))


def test_no_two_persons_share_a_pseudonym():
    made = pseudonyms().of(np.arange(300_000))

    assert len(made.unique()) == 300_000


def test_no_person_gives_no_pseudonym():
    assert of() == []


def test_a_negative_person_key_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        of(4, -1)


def test_more_keys_than_arrow_can_hold_are_refused():
    endless = np.broadcast_to(np.int64(1), (2**31 // LENGTH + 1,))

    with pytest.raises(ValueError, match="at most"):
        pseudonyms().of(endless)


@pytest.mark.parametrize(
    "typed",
    [
        lambda right: f"  {right.lower()}\n",
        lambda right: "-".join((right[:6], right[6:16], right[16:])),
        lambda right: right.replace("1", "I").replace("0", "o"),
        lambda right: right.replace("1", "l"),
    ],
)
def test_a_pseudonym_is_understood_as_people_type_it(typed):
    right = next(one for one in of(*range(50)) if "0" in one and "1" in one)

    assert pseudonyms().reveal(typed(right)) == pseudonyms().reveal(right)


(RIGHT,) = of(17)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        RIGHT[:-1],
        RIGHT + "0",
        RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1"),
        RIGHT[1] + RIGHT[0] + RIGHT[2:],
        "8" + RIGHT[1:],  # 26 letters can say more than 128 bits
        "U" * 26,
        "Æ" * 26,
        of(17, key=bytes(32))[0],
    ],
)
def test_what_is_no_pseudonym_of_this_project_is_refused(wrong: str):
    with pytest.raises(InputError, match="not a pseudonym of this project"):
        pseudonyms().reveal(wrong)


def test_two_projects_have_nothing_in_common(settings: Settings):
    keys = np.arange(20_000)
    one, other = (
        Pseudonyms.for_project(settings, project).of(keys).to_pylist()
        for project in (3, 4)
    )

    assert not set(one) & set(other)
    # Nor does the order of one tell the order of the other, or that of the persons.
    rank = np.argsort(np.argsort(one))
    assert abs(np.corrcoef(rank, np.argsort(np.argsort(other)))[0, 1]) < 0.03
    assert abs(np.corrcoef(rank, keys)[0, 1]) < 0.03


def test_a_project_keeps_its_pseudonyms(settings: Settings):
    first = Pseudonyms.for_project(settings, 3)
    again = Pseudonyms.for_project(settings, 3)

    assert first.of(np.arange(9)) == again.of(np.arange(9))
    assert first.key_name == again.key_name == "project-3-epoch-1"


def test_with_the_key_the_pseudonyms_end(settings: Settings):
    Pseudonyms.for_project(settings, 3)

    record = destroy_key(settings, 3, actor="mads", reason="closed")

    assert record["key"] == "project-3-epoch-1"
    with pytest.raises(PolicyRefusal, match="was destroyed"):
        Pseudonyms.for_project(settings, 3)


def test_the_letters_are_crockfords():
    assert len(ALPHABET) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert sorted(ALPHABET) == list(ALPHABET)


def test_numbers_are_what_the_letters_write_down():
    keys = np.array([*VECTORS, *range(1000, 2000)], dtype=np.int64)

    parts = pseudonyms().numbers(keys)

    letters = pseudonyms().of(keys).to_pylist()
    numbers = [int.from_bytes(row.astype(">u4").tobytes(), "big") for row in parts]
    assert [_letters(number) for number in numbers] == letters
    assert np.lexsort(parts.T[::-1]).tolist() == np.argsort(letters).tolist()


def _letters(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(25, -1, -1))


def test_dates_move_by_days_that_are_the_persons_and_the_projects_own():
    keys = np.arange(20_000)
    here, there = (Pseudonyms(bytes([n]) * 32, "n").day_shifts(keys) for n in (1, 2))

    assert (here == Pseudonyms(bytes([1]) * 32, "n").day_shifts(keys)).all()
    assert (here[::-1] == Pseudonyms(bytes([1]) * 32, "n").day_shifts(keys[::-1])).all()
    assert abs(np.corrcoef(here, there)[0, 1]) < 0.05
    days, often = np.unique(here, return_counts=True)
    assert days.tolist() == [*range(-365, 0), *range(1, 366)]
    assert often.max() < 60  # 27 each, if they are even
