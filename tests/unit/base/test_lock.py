import signal
import subprocess
import sys
import threading
from pathlib import Path

from enclave.lock import exclusive


HOLDER = """
import sys
from pathlib import Path
from enclave.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_at_a_time_and_a_killed_holder_lets_go(tmp_path: Path):
    path = tmp_path / "locks" / "a"
    taken = threading.Event()

    def take() -> None:
        with exclusive(path):
            taken.set()

    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        waiter = threading.Thread(target=take)
        waiter.start()
        assert not taken.wait(0.3)
        holder.send_signal(signal.SIGKILL)
        assert taken.wait(10)
        waiter.join()


def test_two_locks_do_not_meet(tmp_path: Path):
    with exclusive(tmp_path / "a"), exclusive(tmp_path / "b"):
        assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}
