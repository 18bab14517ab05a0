"""Re-runs from warm parents: they confirm, and leave every other answer to a cold one.

``ENCLAVE_FORK_KILLS`` says how often a parent is killed; the long run is
``make check-forks``.
"""

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from enclave.archive import rerun_work
from enclave.archive.judgement import judge, read_evidence
from enclave.archive.rerun import RUN, folder_of
from enclave.errors import IntegrityError
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import needs_root, parents_of, wait_until_warm


pytestmark = [pytest.mark.sandbox, needs_root]

KILLS = int(os.environ.get("ENCLAVE_FORK_KILLS", "1"))

NOTICES = """\
import sys
print("loaded before" if "pandas" in sys.modules else "new")"""


@pytest.fixture(autouse=True)
def busy(monkeypatch):
    """Have what took long on a busy machine be tried as well."""
    monkeypatch.setattr(rerun_work, "_WORTH_TRYING", 3600.0)


def _start(archive, certificate) -> str:
    folder = folder_of(archive.settings, certificate.analysis, certificate.rerun)
    times = read_evidence(folder / RUN).times
    assert times is not None
    assert certificate.start == times.record.start
    return certificate.start


def test_a_fork_confirms_and_only_confirms(archive, analysis, warm):
    wait_until_warm(warm, archive.settings)
    confirmed = archive.rerun(analysis, warm=warm)
    assert (confirmed.verdict, _start(archive, confirmed)) == ("identical", "forked")

    noticed = archive.submit(archive.notebook(NOTICES), title="It looks around")
    certificate = archive.rerun(noticed, warm=warm)
    assert (certificate.verdict, _start(archive, certificate)) == ("identical", "cold")
    assert list(archive.settings.archive.rglob(".partial-*")) == []


@pytest.mark.parametrize("step", ["run", "judge"])
def test_whatever_happens_to_a_fork_a_cold_start_decides(
    archive, analysis, warm, monkeypatch, step
):
    """The step fails on what the forked run leaves, as it does on a damaged file."""
    failed = []

    def fails(*given, **named):
        if any(".partial-" in str(path.parent) for path in _folders(given, named)):
            failed.append(step)
            raise IntegrityError("The executed copy does not hold the cells.")
        return honest(*given, **named)

    honest = {"run": rerun_work.run, "judge": judge}[step]
    monkeypatch.setattr(rerun_work, step, fails)
    wait_until_warm(warm, archive.settings)

    certificate = archive.rerun(analysis, warm=warm)

    assert failed == [step]
    assert (certificate.verdict, _start(archive, certificate)) == ("identical", "cold")
    assert list(archive.settings.archive.rglob(".partial-*")) == []


def _folders(given, named) -> list[Path]:
    return [one for one in (named.get("into"), *given[1:2]) if isinstance(one, Path)]


def test_killed_parents_cost_time_and_nothing_else(archive, analysis, warm):
    generator = np.random.default_rng(20261127)
    others = _without_parents()
    for _ in range(KILLS):
        wait_until_warm(warm, archive.settings)  # starts what was killed
        after = float(generator.uniform(0, 1.5))
        killer = threading.Timer(after, _kill_one, [generator])
        killer.start()
        certificate = archive.rerun(analysis, warm=warm)
        killer.join()
        assert certificate.verdict == "identical"
    assert list(archive.settings.archive.rglob(".partial-*")) == []
    # Who waited for the last fork ends a moment after it.
    wait_for(lambda: {*_closed_in(others)} <= _kept())


def _kill_one(generator) -> None:
    os.kill(generator.choice([each.pid for each in _parents()]), signal.SIGKILL)


def _kept() -> set[psutil.Process]:
    """Return the parents, and what holds the sandboxes of some of them."""
    parents = _parents()
    return {*parents, *(each.parent() for each in parents)}


def _parents() -> list[psutil.Process]:
    return parents_of(None)


def _closed_in(but: Sequence[psutil.Process] = ()) -> list[psutil.Process]:
    """Return what runs below this process under another account than its own."""
    found = []
    for top in psutil.Process().children():
        for each in [] if top in but else _with_descendants(top):
            with suppress(psutil.NoSuchProcess):
                if each.uids().real != os.geteuid():
                    found.append(each)
    return found


def _without_parents() -> list[psutil.Process]:
    """Return what this process started that is no warm parent: an enclave of others."""
    parents = _parents()
    return [
        top
        for top in psutil.Process().children()
        if not {*parents} & {*_with_descendants(top)}
    ]


def _with_descendants(top: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [top, *top.children(recursive=True)]
    return []
