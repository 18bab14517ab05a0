"""All steps of an analysis share the time of one."""

import json

import pytest

from enclave.archive.analysis.analysis import Analysis
from enclave.archive.run_record import Cause
from enclave.archive.sandbox_run import Task, run
from enclave.sandbox.description import Limits
from enclave.sandbox.released_kernels import DEFAULT, release
from tests.builders.forked import ACCOUNT, needs_root, notebook


pytestmark = [pytest.mark.sandbox, needs_root]

# Of the time of a run, so short a one leaves half to its cells: alone, each step would
# have three seconds for its two.
LIMITS = Limits(wall_seconds=6, tmp_bytes=64 << 20, processes=200)
PAUSE = "import time\ntime.sleep(2)"


def test_a_step_has_what_the_steps_before_have_left(settings, warm, tmp_path):
    settings.claim_home()
    folder, scratch, data = (tmp_path / name for name in ("given", "scratch", "data"))
    for each in (folder, scratch, data):
        each.mkdir()
    for name in ("1.ipynb", "2.ipynb"):
        notebook(folder / name, PAUSE)
    steps = {"steps": ["1.ipynb", "2.ipynb"]}
    (folder / "analysis.yaml").write_text(json.dumps(steps))
    analysis = Analysis.read(folder, parameters={}, sweep={})
    assert warm.of(release(DEFAULT), ACCOUNT, data, seconds=120)

    task = Task(analysis, data, project=1, limits=LIMITS, warm=warm)
    times = run(settings, task, scratch, into=tmp_path / "out")

    assert len(analysis.plan.steps) == 2
    assert times.record.failure.cause is Cause.TIMEOUT
    assert times.failed_step == times.steps[-1].step
    assert not (tmp_path / "out").exists()
    assert list(scratch.iterdir()) == []
