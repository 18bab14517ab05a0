"""The gate's key is made once and never replaced."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from enclave.disclosure.secret import gate_secret
from enclave.errors import IntegrityError


def test_made_once_and_read_by_its_owner_only(settings):
    secret = gate_secret(settings)

    assert len(secret) == 32
    assert gate_secret(settings) == secret
    path = settings.keys / "gate.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert [file.name for file in settings.keys.iterdir()] == ["gate.key"]


def test_processes_that_start_together_get_one_key(settings):
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: gate_secret(settings), range(16)))

    assert len(secrets) == 1


def test_a_broken_key_is_not_replaced(settings):
    settings.keys.mkdir(parents=True)
    (settings.keys / "gate.key").write_bytes(b"short")

    with pytest.raises(IntegrityError, match="Restore it"):
        gate_secret(settings)
    assert (settings.keys / "gate.key").read_bytes() == b"short"
