"""Jobs are handed to every process that is idle, also while others are at work."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from enclave.jobs.cluster import Dispatcher, Place


def _wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def _waiting(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.waits"))


def _work(given: Mapping[str, str]) -> None:
    """Take the first that waits; a long one ends when it may."""
    folder = Path(given["folder"])
    for one in _waiting(folder):
        taken = one.rename(one.with_suffix(".taken"))
        if taken.stem == "long":
            _wait((folder / "end").exists)
        return


def test_a_job_does_not_wait_beside_an_idle_process(tmp_path: Path) -> None:
    ended = threading.Event()
    dispatcher = Dispatcher(
        Place(processes=2),
        _work,
        {"folder": str(tmp_path)},
        waiting=lambda: len(_waiting(tmp_path)),
        report=print,
    )
    thread = threading.Thread(target=partial(dispatcher.run, ended.is_set))
    (tmp_path / "long.waits").touch()
    thread.start()
    try:
        _wait((tmp_path / "long.taken").exists)
        (tmp_path / "urgent.waits").touch()
        _wait((tmp_path / "urgent.taken").exists)
    finally:
        (tmp_path / "end").touch()
        ended.set()
        thread.join()
