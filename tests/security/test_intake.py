"""Whoever swaps a file while it is taken in does not have another one taken."""

import os
import threading
from contextlib import suppress

import pytest

from enclave.archive.intake import read_file
from enclave.errors import InputError


SECRET = b"of another project"


@pytest.mark.parametrize("kind", ["symlink", "fifo"])
def test_a_rename_while_reading_shows_no_other_file(tmp_path, kind):
    secret, good, bad, name = (tmp_path / n for n in ("secret", "good", "bad", "name"))
    secret.write_bytes(SECRET)
    done = threading.Event()

    def swap():
        while not done.is_set():
            good.write_bytes(b"own")
            good.rename(name)
            if kind == "symlink":
                bad.symlink_to(secret)
            else:
                os.mkfifo(bad)
            bad.rename(name)

    attacker = threading.Thread(target=swap)
    attacker.start()
    read, refused = set(), 0
    try:
        for _ in range(3_000):
            try:
                read.add(read_file(name, largest=1_000))
            except InputError:
                refused += 1
    finally:
        done.set()
        attacker.join()

    assert SECRET not in read
    assert read <= {b"own", b""}
    assert refused, "the attack was never in time: it shows nothing"


def test_a_reader_that_follows_links_would_be_fooled(tmp_path):
    secret, name = tmp_path / "secret", tmp_path / "name"
    secret.write_bytes(SECRET)
    name.symlink_to(secret)
    with suppress(OSError):
        assert name.read_bytes() == SECRET
