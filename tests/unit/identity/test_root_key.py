from concurrent.futures import ThreadPoolExecutor

import pytest

from enclave.errors import IntegrityError
from enclave.identity.root_key import root_key


def test_root_key_is_made_once_and_stays(settings):
    first = root_key(settings)

    assert len(first) == 32
    assert root_key(settings) == first
    assert (settings.keys / "root.key").stat().st_mode & 0o777 == 0o400
    assert [path.name for path in settings.keys.iterdir()] == ["root.key"]


def test_two_who_come_first_get_the_same_key(settings):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: root_key(settings), range(8)))

    assert len(keys) == 1


def test_key_that_others_may_read_is_refused(settings):
    root_key(settings)
    (settings.keys / "root.key").chmod(0o440)

    with pytest.raises(IntegrityError, match="chmod 400"):
        root_key(settings)


def test_key_of_another_length_is_refused(settings):
    settings.keys.mkdir(parents=True)
    (settings.keys / "root.key").write_bytes(b"too short")
    (settings.keys / "root.key").chmod(0o400)

    with pytest.raises(IntegrityError, match="not 32 bytes"):
        root_key(settings)
