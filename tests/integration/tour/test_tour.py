"""The whole journey, also killed at any moment."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from enclave.audit import log
from enclave.settings import Settings
from enclave.store.audit_tables import AuditEntry
from enclave.store.database import Database
from enclave.tour.steps import JOURNEY
from enclave.warehouse.synthetic.synthesise import synthesise
from tests.conftest import KERNELS


# `make tour-kill` asks for twenty.
KILLS = int(os.environ.get("ENCLAVE_TOUR_KILLS", "4"))

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour") / "source"
    synthesise(folder, persons=8000, seed=3)
    return folder


def command(source: Path, mapping: str, out: Path) -> list[str]:
    arguments = ["--source", str(source), "--mapping", mapping, "--out", str(out)]
    return [sys.executable, "-m", "enclave", "tour", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "ENCLAVE_KERNELS": str(KERNELS)}


def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, env=environment(), capture_output=True, text=True, check=False
    )


def facts(out: Path) -> dict[str, dict[str, object]]:
    record = json.loads((out / "tour.json").read_text())
    return {step["name"]: step["facts"] for step in record["steps"]}


@pytest.mark.parametrize(
    ("folder", "mapping"), [("nafld", "nafld"), ("omop_gibleed", "omop")]
)
def test_real_and_public_data_come_out_again(
    folder: str, mapping: str, shared_data: Path, tmp_path: Path
):
    out = tmp_path / "tour"

    ended = run(command(shared_data / folder, mapping, out))

    assert ended.returncode == 0, ended.stderr
    assert re.search("Verdict: (identical|numerically equal)", ended.stdout)
    report = (out / "report.html").read_text()
    assert "data:image/png;base64" in report
    assert not re.search(r'(src|href)="https?:', report)


def test_a_tour_killed_at_any_moment_is_completed(source: Path, tmp_path: Path):
    out = tmp_path / "tour"
    arguments = command(source, "synthetic", out)
    rng = np.random.default_rng(20261122)
    for _ in range(KILLS):
        _kill_after(arguments, seconds=float(rng.uniform(0.5, 12)))

    ended = run(arguments)

    assert ended.returncode == 0, ended.stderr
    assert set(facts(out)) == {step.name for step in JOURNEY}
    _nothing_is_doubled(out)


def _kill_after(arguments: Sequence[str], *, seconds: float) -> None:
    process = subprocess.Popen(
        arguments,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _nothing_is_doubled(out: Path) -> None:
    home = Settings.at(out / "home")
    database = Database(home.database_url)
    with database.begin() as session:
        log.verify(session)
        actions = [entry.action for entry in session.query(AuditEntry)]
    database.dispose()
    for action in (
        "proposal.submit",
        "proposal.approve",
        "data_request.submit",
        "grant.issue",
        "delivery.deliver",
        "analysis.archive",
        "rerun.request",
        "rerun.complete",
    ):
        assert actions.count(action) == 1, (action, actions)
    assert len(list((home.warehouse / "snapshots").glob("*.json"))) == 1
    (project,) = home.deliveries.iterdir()
    assert [path.name for path in project.glob("*/*")] == ["0001"]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"--source": "/nowhere"}, 2, "no folder /nowhere"),
        ({"--mapping": "ledger"}, 2, "no tour for the mapping 'ledger'"),
        ({"--mapping": "omop"}, 2, "person"),
    ],
)
def test_a_wrong_call_is_refused_in_one_message(
    change: dict[str, str], code: int, words: str, source: Path, tmp_path: Path
):
    options = {"--source": str(source), "--mapping": "synthetic", **change}
    arguments = [part for option in options.items() for part in option]

    ended = run(
        [
            sys.executable,
            "-m",
            "enclave",
            "tour",
            *arguments,
            "--out",
            str(tmp_path / "t"),
        ]
    )

    assert ended.returncode == code
    assert ended.stderr.startswith("Error: ")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
