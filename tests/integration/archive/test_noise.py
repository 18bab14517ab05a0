"""Two real runs of one notebook, by the real clock: whatever changed is noise."""

import json
from pathlib import Path

import pytest

from enclave.archive.analysis.analysis import Analysis
from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.notebook import read
from enclave.archive.run_times import RunTimes
from enclave.archive.sandbox_run import Task, run
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
    metadata = {"kernelspec": {"name": KERNEL, "display_name": KERNEL}}
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": metadata,
        "cells": cells,
    }
    return json.dumps(document).encode()


def _run(settings: Settings, source: bytes, folder: Path) -> RunTimes:
    task = Task(Analysis.alone(source, {}), folder, project=1)
    times = run(settings, task, folder.parent, into=folder)
    assert times.record.completed, times.record.failure
    return times


def test_an_unchanged_analysis_raises_no_alarm(settings, source, tmp_path):
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    first, second = (_run(settings, source, folder) for folder in folders)
    archived, rerun = (read(folder / "executed.ipynb") for folder in folders)
    circumstances = Circumstances(archived=first.facts({}), rerun=second.facts({}))

    comparison = compare_notebooks(archived, rerun, circumstances=circumstances)

    alarms = [each for each in comparison.outputs if each.verdict is Verdict.DIFFERS]
    assert alarms == []
    assert comparison.verdict is Verdict.IDENTICAL
    fired = {rule for each in comparison.outputs for rule in each.rules}
    assert {"memory-address", "timing-magic", "run-time", "element-id"} <= fired
