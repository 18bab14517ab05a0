"""Root believes a sandbox's builder about no process but the sandbox's own.

The builder is the project's account, and whoever has that account can write into it.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from enclave.errors import HostError
from enclave.sandbox import programs
from enclave.sandbox.bubblewrap import launch
from tests.builders.dask_cluster import wait_for
from tests.builders.sandbox import ACCOUNT, a_sandbox


# In the place of bubblewrap: it says what it was told to say, and stays.
LIES = """#!/bin/sh
while [ "$1" != --json-status-fd ]; do shift; done
{before}
echo '{said}' > /proc/self/fd/$2
exec /bin/sleep 60
"""

Lie = Callable[..., None]


@pytest.fixture
def lie(tmp_path, monkeypatch) -> Lie:
    def prepare(said: str, before: str = "") -> None:
        builder = tmp_path / "bwrap"
        builder.write_text(LIES.format(said=said, before=before))
        builder.chmod(0o755)
        monkeypatch.setattr(programs, "_FOLDERS", f"{tmp_path}:{programs._FOLDERS}")

    return prepare


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same account, which is in no sandbox of ours."""
    uid = None if ACCOUNT is None else ACCOUNT.uid
    with subprocess.Popen(["/bin/sleep", "100"], user=uid) as process:
        try:
            yield process
        finally:
            process.kill()


def test_what_is_not_below_the_builder_is_left_alone(lie, innocent):
    lie(f'{{"child-pid": {innocent.pid}}}')

    with pytest.raises(HostError, match="does not say the truth"):
        launch(a_sandbox(["/bin/true"]), output=PIPE)

    assert innocent.poll() is None


def test_the_server_itself_is_left_alone(lie):
    lie(f'{{"child-pid": {os.getpid()}}}')

    with pytest.raises(HostError, match="does not say the truth"):
        launch(a_sandbox(["/bin/true"]), output=PIPE)


@pytest.mark.skipif(ACCOUNT is None, reason="only root builds under other accounts")
def test_what_is_below_the_builder_and_not_the_accounts_is_not_believed(lie, tmp_path):
    there = tmp_path / "there"
    say = """printf '{"child-pid": %d}\\n' $! > /proc/self/fd/$2"""
    lie("", f"sleep 60 & echo $! > {there}; {say}")

    with pytest.raises(HostError, match="does not say the truth"):
        launch(a_sandbox(["/bin/true"]), output=PIPE)

    ended = Path("/proc") / there.read_text().strip() / "stat"
    wait_for(lambda: not ended.exists() or ") Z " in ended.read_text())


NO_ANSWERS = (
    *("1", "{}", "[" * 4000, "x" * 9999),
    *('{"child-pid": -5}', '{"child-pid": 1e30}', '{"child-pid": 0}'),
)


@pytest.mark.parametrize(
    "said",
    ["1", "[" * 4000, '{"child-pid": -5}', '{"child-pid": 1e30}', "{}", "x" * 9999],
)
def test_what_is_no_answer_is_refused(lie, said):
    lie(said)

    with pytest.raises(HostError, match="does not say the truth"):
        launch(a_sandbox(["/bin/true"]), output=PIPE)
