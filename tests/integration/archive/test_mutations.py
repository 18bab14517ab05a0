"""What may change between two runs is found, each time and nothing else.

In the everyday suite all variants run in one process. `make check-comparison` runs each
in a sandbox of its own, as a re-run does, and the unchanged analysis fifty times.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from enclave.archive.comparison.compare import (
    ComparedOutput,
    Comparison,
    compared_cells,
    compared_files,
)
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances, RunFacts
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.execution import execute
from enclave.archive.notebook import read
from enclave.archive.work_folder import files_in
from enclave.clock import now
from enclave.sandbox.description import Limits
from enclave.settings import Settings
from tests.builders.mutations import in_one_process
from tests.builders.mutations.analysis import BASE, VARIANTS, Variant
from tests.builders.sandbox import ACCOUNT, owned
from tests.conftest import KERNELS


KERNEL = "python-2026.12"
SANDBOXED = int(os.environ.get("ENCLAVE_UNCHANGED_RUNS", "0"))
UNCHANGED = [f"unchanged {n}" for n in range(SANDBOXED or 2)]

RUNS: Mapping[str, Variant] = {
    "archived": BASE,
    **dict.fromkeys(UNCHANGED, BASE),
    **VARIANTS,
}


@dataclass(frozen=True)
class Ran:
    """A run of a variant: its executed copy, its files, and when it was."""

    executed: Path
    work: Path
    facts: RunFacts


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """Every variant, run."""
    folder = tmp_path_factory.mktemp("mutations")
    started = now()
    for name, variant in RUNS.items():
        (folder / name / "work").mkdir(parents=True)
        owned(variant.write(folder / name / "data"))
    if SANDBOXED:
        for name, variant in RUNS.items():
            _in_a_sandbox(folder / name, variant)
    else:
        _in_one_process(folder)
    ended = now()
    return {
        name: Ran(
            folder / name / "executed.ipynb",
            folder / name / "work",
            RunFacts(started, ended, {"ratelib": variant.recorded}, data=variant.data),
        )
        for name, variant in RUNS.items()
    }


def _in_one_process(folder: Path) -> None:
    jobs = [
        {
            "cells": variant.cells,
            "data": str(folder / name / "data"),
            "work": str(folder / name / "work"),
            "out": str(folder / name / "executed.ipynb"),
        }
        for name, variant in RUNS.items()
    ]
    (folder / "jobs.json").write_text(json.dumps(jobs))
    python = KERNELS / KERNEL / "bin" / "python"
    script = Path(in_one_process.__file__)
    environment = {"PYTHONHASHSEED": "0", "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(
        [python, "-I", script, folder / "jobs.json"], env=environment, check=True
    )


def _in_a_sandbox(folder: Path, variant: Variant) -> None:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
        for source in variant.cells
    ]
    document = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": {"name": KERNEL, "display_name": KERNEL}},
        "cells": [{**cell, "execution_count": None} for cell in cells],
    }
    (folder / "source.ipynb").write_text(json.dumps(document))
    record = execute(
        Settings.at(folder / "home", kernels=str(KERNELS)),
        notebook=folder / "source.ipynb",
        kernel=KERNEL,
        data=folder / "data",
        out=folder,
        parameters={},
        limits=Limits(wall_seconds=120),
        account=ACCOUNT,
        work=folder / "work",
    )
    assert record.completed


def _compare(archived: Ran, rerun: Ran) -> Comparison:
    comparer = TextComparer(Policy(), Circumstances(archived.facts, rerun.facts))
    cells = compared_cells(comparer, read(archived.executed), read(rerun.executed))
    files = compared_files(comparer, files_in(archived.work), files_in(rerun.work))
    return Comparison.of([*cells, *files], comparer)


def _place(output: ComparedOutput) -> int | str:
    return output.file or output.cell or 0


@pytest.mark.parametrize("name", UNCHANGED)
def test_an_unchanged_analysis_gives_no_alarm(ran, name):
    comparison = _compare(ran["archived"], ran[name])

    assert comparison.verdict is Verdict.IDENTICAL
    assert len(comparison.outputs) == 9
    assert "run-time" in comparison.outputs[0].rules


@pytest.mark.parametrize("name", VARIANTS)
def test_every_change_is_found_where_it_is_and_nowhere_else(ran, name):
    comparison = _compare(ran["archived"], ran[name])

    found: dict[int | str, Verdict] = {}
    for output in comparison.outputs:
        if output.verdict not in (Verdict.IDENTICAL, Verdict.NUMERICALLY_EQUAL):
            known = found.get(_place(output), output.verdict)
            found[_place(output)] = max(known, output.verdict, key=list(Verdict).index)
    assert found == VARIANTS[name].expected
