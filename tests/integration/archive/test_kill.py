"""Killed at any moment and started again: nothing lost, nothing doubled."""

import subprocess
import sys
import time

import numpy as np

from enclave.archive.rerun import RUN, folder_of


def _killed_after(seconds: float, installation, *arguments: str) -> bool:
    """Start a command and kill it; return whether it was still at work."""
    with subprocess.Popen(
        [sys.executable, "-m", "enclave", *arguments],
        env=installation.settings.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(seconds)
        at_work = process.poll() is None
        process.kill()
    return at_work


def _to_the_end(installation, *arguments: str) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "enclave", *arguments],
        env=installation.settings.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr


def _leftovers(installation) -> list[str]:
    found = installation.settings.archive.rglob(".partial-*")
    return [str(path) for path in found]


def test_a_killed_submission_is_archived_once_in_the_end(enclave):
    generator = np.random.default_rng(1)
    given = ("--project", "demo", "--as", "rikke", "--title", "CRP")
    command = ("archive", "submit", str(enclave.notebook()), *given)

    for seconds in generator.uniform(0.5, 6, size=2):
        _killed_after(seconds, enclave, *command)
    _to_the_end(enclave, *command)

    (analysis,) = enclave.archived()
    folders = list(enclave.settings.archive.glob("PAC*"))
    assert [folder.name for folder in folders] == [analysis.id]
    assert len(enclave.audited("analysis.archive")) == 1
    assert _leftovers(enclave) == []


def test_a_killed_rerun_is_one_rerun_in_the_end(archive, analysis):
    generator = np.random.default_rng(4)
    command = ("rerun", analysis.id, "--as", "rikke")
    run = folder_of(archive.settings, analysis.id, 1) / RUN
    executed = []

    for seconds in generator.uniform(0.5, 6, size=2):
        if not _killed_after(seconds, archive, *command):
            break  # it was faster, and what is left to show is that it was done once
        executed += [run.stat().st_ino] if run.exists() else []
        if archive.audited("rerun.complete"):
            break  # killed when all was done: to ask again would be another re-run
    else:
        _to_the_end(archive, *command)

    assert set(executed) <= {run.stat().st_ino}
    assert len(archive.audited("rerun.request")) == 1
    assert len(archive.audited("rerun.complete")) == 1
    assert _leftovers(archive) == []
