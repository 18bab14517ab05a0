"""Two real runs of one notebook, by the real clock: whatever changed is noise."""

import json
from pathlib import Path

import pytest

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.notebook import parse
from enclave.archive.sandbox_run import SandboxRun, Task, run
from enclave.settings import Settings
from tests.integration.archive.conftest import KERNEL, code


CELLS = (
    "import warnings, numpy as np, pandas as pd, matplotlib.pyplot as plt",
    "class Patient: pass\nprint(Patient())\nPatient",
    "%time sum(range(1000))",
    "%timeit -n 1 -r 2 sum(range(10))",
    "warnings.warn('old')",
    "import tempfile\nprint(tempfile.mkdtemp())",
    "plt.plot(np.random.default_rng(1).random(9))",
    "%config InlineBackend.figure_format='svg'\nplt.plot([1, 2, 4])",
    "frame = pd.DataFrame({'t': range(1, 10), 'e': 1, 'age': [5.0, 6, 5] * 3})",
    "frame.style.format(precision=2)",
    "import statsmodels.formula.api as smf\nsmf.ols('t ~ age', frame).fit().summary()",
    "from lifelines import CoxPHFitter\nmodel = CoxPHFitter(penalizer=0.1)",
    "model.fit(frame, 't', 'e').print_summary()",
    "import ipywidgets\nipywidgets.IntSlider(3)",
)


@pytest.fixture
def source() -> bytes:
    cells = [{**code(each), "id": f"c{n}"} for n, each in enumerate(CELLS)]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(document).encode()


def _run(settings: Settings, source: bytes, data: Path) -> SandboxRun:
    task = Task(source, KERNEL, {}, data, project=1)
    outcome = run(settings, task, data)
    assert outcome.times.record.completed, outcome.times.record.failure
    return outcome


def test_an_unchanged_analysis_raises_no_alarm(settings, source, tmp_path):
    first, second = (_run(settings, source, tmp_path) for _ in range(2))
    archived, rerun = (
        parse(each.executed or b"", name="executed") for each in (first, second)
    )
    circumstances = Circumstances(
        archived=first.times.facts({}), rerun=second.times.facts({})
    )

    comparison = compare_notebooks(archived, rerun, circumstances=circumstances)

    alarms = [each for each in comparison.outputs if each.verdict is Verdict.DIFFERS]
    assert alarms == []
    assert comparison.verdict is Verdict.IDENTICAL
    fired = {rule for each in comparison.outputs for rule in each.rules}
    assert {"memory-address", "timing-magic", "run-time", "element-id"} <= fired
