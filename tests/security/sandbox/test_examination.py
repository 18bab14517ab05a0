"""What runs left is read in a sandbox: what it sees, and what ends it."""

import base64
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from enclave.archive.analysis.plan import Plan, Step
from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.examination import room
from enclave.archive.examination.answers import Answer, Question
from enclave.archive.examination.belief import UnreadableError
from enclave.archive.notebook import read
from enclave.errors import HostError
from enclave.sandbox import accounts
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.running import Outcome, run, run_forked
from enclave.sandbox.warm_parent import WarmParent


pytestmark = pytest.mark.sandbox

PLAN = Plan(alone=True, steps=(Step(name="source.ipynb", kernel="python-2026.12"),))
QUESTION = Question(plan=PLAN, policy=Policy())


def _png(shade: int) -> str:
    file = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), shade, np.uint8)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _left(folder: Path, number: float | str, shade: int) -> Path:
    """What one run left: a printed number, a table and a picture, and a file."""
    data = {
        "text/plain": "x",
        "text/html": f"<table><tr><td>{number}</td></tr></table>",
        "image/png": _png(shade),
    }
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stdout", "text": f"mean {number}\n"},
        {"output_type": "display_data", "data": data, "metadata": {}},
    ]
    cell = {"cell_type": "code", "source": "a", "metadata": {}, "outputs": outputs}
    (folder / "files").mkdir(parents=True)
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    (folder / "executed.ipynb").write_text(json.dumps(notebook))
    table = pa.table({"code": ["a", "b"], "value": [1.5 if shade == 10 else 1.6, 2.0]})
    pq.write_table(table, folder / "files" / "table.parquet")
    return folder


@pytest.fixture
def runs(tmp_path):
    return _left(tmp_path / "one", 1.5, 10), _left(tmp_path / "other", 1.6, 200)


@pytest.fixture
def narrow(monkeypatch):
    """Ask what has loaded already, within other limits."""

    def ask(*given: Any, archived: Path | None = None, **most: int) -> Answer:
        examiner = room.examiner()
        monkeypatch.setattr(examiner, "_limits", replace(room.LIMITS, **most))
        return examiner.ask(*given, archived=archived)

    return ask


def test_it_finds_what_the_comparison_finds(runs, tmp_path):
    archived, rerun = runs
    found = room.examiner().ask(QUESTION, rerun, tmp_path, archived=archived)
    here = compare_notebooks(
        read(archived / "executed.ipynb"), read(rerun / "executed.ipynb")
    )

    assert found.outputs[: len(here.outputs)] == here.outputs
    file = found.outputs[-1]
    assert (file.file, file.verdict) == ("table.parquet", Verdict.DIFFERS)
    assert found.views[0].lines
    assert all(found.views[1].pictures or ())
    assert [path.name for path in tmp_path.iterdir()] == ["one", "other"]


def test_of_one_run_it_tells_what_is_shown(runs, tmp_path, monkeypatch):
    """And where root may fork, it is a fork that tells it."""
    if accounts.for_examinations() is not None:
        monkeypatch.delattr(room, "run")
    records = room.examiner().ask(Question(plan=PLAN), runs[0], tmp_path).records

    assert records[0]["kind"] == "stdout"
    assert records[0]["numbers"] == ["1.5"]
    assert records[-1]["file"] == "table.parquet"


def test_what_is_more_than_memory_holds_gets_no_verdict(narrow, runs, tmp_path):
    """A picture as large as one may be, of which two take more than there is."""
    for shade, folder in enumerate(runs):
        picture = Image.fromarray(np.full((5000, 5000), shade, np.uint8))
        picture.save(folder / "files" / "large.png")
    with pytest.raises(UnreadableError, match="MemoryError"):
        narrow(QUESTION, runs[1], tmp_path, archived=runs[0], memory_bytes=160 << 20)


def test_an_answer_that_is_too_large_gets_no_verdict(narrow, tmp_path):
    """Not for want of space: else it would be tried again, and never come out."""
    left = _left(tmp_path / "one", "1 " * 2_000, 10)
    with pytest.raises(UnreadableError, match="too much was found"):
        narrow(Question(plan=PLAN), left, tmp_path, file_bytes=4 << 10)


def test_what_a_lost_fork_has_answered_is_no_part_of_the_answer(
    runs, tmp_path, monkeypatch
):
    """Its file is empty again before another is started."""
    forked, started, sizes = room.run_forked, room.run, []

    def lost(*given: Any, **others: Any) -> None:
        forked(*given, **others)
        raise HostError("The one who waits for it was killed.")

    def cold(description: SandboxDescription, **others: Any) -> Outcome:
        sizes.extend(os.fstat(file).st_size for file in description.pass_fds)
        return started(description, **others)

    monkeypatch.setattr(room, "run_forked", lost)
    monkeypatch.setattr(room, "run", cold)
    answer = room.examiner().ask(Question(plan=PLAN), runs[0], tmp_path)
    assert answer.records[0]["numbers"] == ["1.5"]
    assert sizes == [0]


PROBE = """
import json, os, socket, subprocess, sys
def tried(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"
said = {
    "environment": sorted({*os.environ} - {"LC_CTYPE", "PWD"}),
    "root": sorted(os.listdir("/project")),
    "write": tried(lambda: open("/project/examined/x", "w")),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", 80), 1)),
    "interfaces": [line.split()[0] for line in open("/proc/net/dev") if ":" in line],
    "processes": len([one for one in os.listdir("/proc") if one.isdigit()]),
    "user": os.getuid() != 0,
    "home": os.path.exists(sys.argv[1]),
}
print(json.dumps(said))
"""


# What a warm parent of examiners does, but for what its forks do.
FORKED = f"""
import os, sys
from enclave.sandbox.forking import serve
from enclave.sandbox.joining import leave_at_once, own_end
born = serve(own_end())
if born is not None:
    for number in (1, 2):
        os.dup2(born.handed[0], number)
    sys.argv = ["", born.told["home"]]
    exec({PROBE!r})
    sys.stdout.flush()
    leave_at_once(0)
"""


def _started(description: SandboxDescription, home: str) -> Outcome:
    probe = [*description.command[:2], "-c", PROBE, home]
    return run(replace(description, command=probe, pass_fds=()))


def _forked(description: SandboxDescription, home: str) -> Outcome:
    account = accounts.for_examinations()
    if account is None:
        pytest.skip("only root may fork into a sandbox")
    command = (sys.executable, "-P", "-c", FORKED)
    parent = WarmParent(replace(room.recipe(account), command=command))
    try:
        assert parent.ready(seconds=60)
        return run_forked(replace(description, pass_fds=()), parent, {"home": home})
    finally:
        parent.close()


@pytest.mark.parametrize("begun", [_started, _forked])
def test_it_is_in_a_room_with_nothing_but_what_it_reads(tmp_path, begun):
    (tmp_path / "desk").mkdir(mode=0o755)
    description = room.room_of(tmp_path / "desk", 1)
    outcome = begun(description, str(tmp_path))

    assert outcome.exit_code == 0, outcome.output
    said = json.loads(outcome.output.splitlines()[-1])
    assert said == {
        "environment": sorted(description.environment),
        "root": ["examined"],
        "write": "OSError",
        "network": "ConnectionRefusedError",
        "interfaces": ["lo:"],
        "processes": said["processes"],
        "user": True,
        "home": False,
    }
    assert said["processes"] < 5
