"""A question as a piece of an address: short, whole or refused."""

import base64
import json
import zlib

import pytest

from enclave.cohort.packing import LONGEST, fits, pack, unpack
from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.errors import InputError


def listing(number: int) -> Question:
    codes = [f"DX{n:05}" for n in range(number)]
    parts = [codes[n : n + 5000] for n in range(0, number, 5000)]
    return Question(
        criteria=tuple(
            EventCriterion(codes=CodeList.of("SKS", *part)) for part in parts
        )
    )


def packed(document: bytes) -> str:
    return base64.urlsafe_b64encode(document).decode().rstrip("=")


@pytest.mark.parametrize("number", [1, 40, 500, 1_000, 10_000])
def test_it_comes_out_as_it_went_in(number: int):
    asked = listing(number)

    assert unpack(pack(asked)) == asked
    assert fits(pack(asked)) == (len(pack(asked)) <= LONGEST)


def test_a_list_of_a_thousand_codes_fits_and_one_of_ten_thousand_does_not():
    assert fits(pack(listing(1_000)))
    assert not fits(pack(listing(10_000)))


def test_addresses_that_were_shared_before_are_read():
    asked = listing(100)

    assert unpack(packed(asked.model_dump_json(exclude_none=True).encode())) == asked


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_cut_one_is_refused(cut: int):
    with pytest.raises(InputError, match="cannot be read"):
        unpack(pack(listing(500))[:-cut])


def test_what_would_fill_the_memory_is_refused():
    spaces = b" " * 20_000_000
    bomb = zlib.compress(listing(1).model_dump_json().encode() + spaces, 9)

    with pytest.raises(InputError, match="cannot be read"):
        unpack(packed(bomb))


def test_what_is_no_question_is_refused():
    with pytest.raises(InputError, match="cannot be read"):
        unpack(packed(zlib.compress(json.dumps({"x": 1}).encode())))
