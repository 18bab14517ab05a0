import hashlib
import math
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from enclave.canonical import canonical_json, digest, file_digest


def test_key_order_and_white_space_do_not_matter():
    assert canonical_json({"b": 1, "a": [True, None]}) == b'{"a":[true,null],"b":1}'


def test_danish_letters_stay_themselves():
    assert canonical_json({"navn": "blåbærgrød"}) == '{"navn":"blåbærgrød"}'.encode()


def test_dates_are_iso_text():
    document = {"on": date(2026, 11, 22), "at": datetime(2026, 11, 22, 9, tzinfo=UTC)}

    assert canonical_json(document) == (
        b'{"at":"2026-11-22T09:00:00+00:00","on":"2026-11-22"}'
    )


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_json_cannot_say_is_refused(number: float):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"x": number})


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="set has no canonical form"):
        canonical_json({"x": {1, 2}})


def test_digest_is_that_of_the_canonical_form(tmp_path: Path):
    file = tmp_path / "a.json"
    file.write_bytes(b'{"a":1}')

    assert digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()
    assert file_digest(file) == digest({"a": 1})
