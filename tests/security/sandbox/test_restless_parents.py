"""A warm parent of which something ends, or fails, while it is looked at."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from enclave.sandbox import closed_parent
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Limits
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.runtime_mounts import python_runtime
from tests.builders.forked import needs_root
from tests.builders.sandbox import ACCOUNT


pytestmark = [pytest.mark.sandbox, needs_root, pytest.mark.timeout(120)]

QUIET = "from enclave.sandbox.forking import *; serve(own_end())"
RESTLESS = """
import os, threading
def again():
    while True:
        one = threading.Thread(target=int)
        one.start()
        one.join()
for _ in range(4):
    threading.Thread(target=again, daemon=True).start()
os.write(0, b"here")
threading.Event().wait()
"""


def _recipe(program: str) -> Recipe:
    command = (sys.executable, "-P", "-c", program)
    return Recipe(command, ACCOUNT, python_runtime(), {}, Path("/"))


def test_a_thread_that_ends_while_it_is_looked_at_does_not_stand_still():
    with ClosedParent(_recipe(RESTLESS)) as parent:
        parent._loader.join(60)
        assert parent._loaded
        assert parent._is_still_and_alone()
        parent._send_signal(signal.SIGCONT)
        assert not any(parent._is_still_and_alone() for _ in range(3000))


def test_one_that_cannot_be_stopped_is_ended_whatever_the_error(
    tmp_path, monkeypatch, caplog
):
    (tmp_path / "cgroup.freeze").mkdir()  # so nothing can be written there

    @contextmanager
    def group(_: Limits) -> Iterator[Path]:
        yield tmp_path

    monkeypatch.setattr(closed_parent, "_group", group)
    with ClosedParent(_recipe(QUIET)) as parent:
        parent._loader.join(60)
        assert not parent.ready()
        assert not parent.alive
    assert "is not to be forked" in caplog.text
