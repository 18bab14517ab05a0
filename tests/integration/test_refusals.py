"""Every refusal of the command line: one clear message, an exit code, no traceback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from enclave.clock import today
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from enclave.store.project_tables import Account, ApprovalRecord
from enclave.tour.journey import Tour, walk
from enclave.tour.plan import TourPlan
from enclave.tour.progress import Progress
from enclave.tour.result_steps import NOTEBOOKS
from enclave.tour.steps import UNTIL_DELIVERY
from enclave.warehouse.synthetic.synthesise import synthesise
from tests.conftest import KERNELS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation in which a project has its data."""
    folder = tmp_path_factory.mktemp("refusals")
    source = folder / "source"
    synthesise(source, persons=3000, seed=5)
    settings = Settings.at(folder / "home", kernels=str(KERNELS))
    database = Database(settings.database_url)
    tour = Tour(
        TourPlan.for_mapping("synthetic"),
        settings,
        database,
        str(source),
        folder,
        Progress.open(folder / "tour", source=str(source), mapping="synthetic"),
    )
    for _ in walk(tour, UNTIL_DELIVERY):
        pass
    yield settings
    database.dispose()


def enclave(settings: Settings, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "enclave", *map(str, arguments)],
        env={**settings.environment(), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def refused(ended: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert ended.returncode == code, ended.stderr
    assert ended.stderr.startswith("Error: ")
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr


def question(tmp_path: Path, **changes: Any) -> Path:
    plan = TourPlan.for_mapping("synthetic").question.model_dump(mode="json")
    path = tmp_path / "question.json"
    path.write_text(json.dumps({**plan, **changes}))
    return path


def coded(code: str) -> dict[str, Any]:
    entries = [{"code": code, "match": "exact"}]
    return {"kind": "event", "codes": {"system": "NPU", "entries": entries}}


def test_a_missing_source(home: Settings):
    ended = enclave(
        home, "warehouse", "load", "--source", "/nowhere", "--mapping", "nafld"
    )

    refused(ended, 2, "no folder /nowhere")


def test_a_mapping_of_another_source(home: Settings):
    source = home.home.parent / "source"

    ended = enclave(home, "warehouse", "load", "--source", source, "--mapping", "nafld")

    refused(ended, 2, "nafld1", "labka")


def test_an_unknown_mapping(home: Settings):
    ended = enclave(home, "warehouse", "load", "--source", "/", "--mapping", "ledger")

    refused(ended, 4, "ledger", "omop")


def test_an_unknown_code(home: Settings, tmp_path: Path):
    path = question(tmp_path, criteria=[coded("NPU19815")])

    ended = enclave(home, "cohort", "lint", path)

    assert ended.returncode == 2
    assert "NPU19814" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_question_that_is_no_question(home: Settings, tmp_path: Path):
    ended = enclave(home, "cohort", "describe", question(tmp_path, sex="female"))

    refused(ended, 2, "sex")


def test_a_question_that_is_too_fine(home: Settings, tmp_path: Path):
    population = {"age": {"minimum": 61, "maximum": 61, "at": "2020-05-03"}}

    ended = enclave(
        home,
        *("feasibility", "count"),
        question(tmp_path, population=population),
        *("--as", "rikke"),
    )

    refused(ended, 3, "age")


def test_somebody_without_an_account(home: Settings, tmp_path: Path):
    ended = enclave(home, "feasibility", "count", question(tmp_path), "--as", "nobody")

    refused(ended, 4, "nobody")


def test_somebody_who_is_not_a_member(home: Settings):
    ended = enclave(
        home,
        *("archive", "submit", NOTEBOOKS / "immunodeficiency_index.ipynb"),
        *("--project", "immune-index", "--as", "anne", "--title", "Not mine"),
    )

    refused(ended, 3, "anne is not a member")


def test_a_decision_by_the_wrong_person(home: Settings):
    ended = enclave(home, "application", "act", 1, "approve", "--as", "rikke")

    refused(ended, 3, "approve")


def test_an_expired_approval(home: Settings):
    database = Database(home.database_url)
    expires = ApprovalRecord.expires
    with database.begin() as session:
        session.execute(
            update(ApprovalRecord).values(expires=today() - timedelta(days=1))
        )
    try:
        ended = enclave(home, "deliver", "G2-1", "--as", "mads")
    finally:
        with database.begin() as session:
            session.execute(update(ApprovalRecord).values({expires: None}))
        database.dispose()

    refused(ended, 3, "expired")


def test_training_that_has_ended(home: Settings):
    database = Database(home.database_url)
    ended_on = today() - timedelta(days=1)
    mine = update(Account).where(Account.name == "rikke")
    with database.begin() as session:
        session.execute(mine.values(training_until=ended_on))
    try:
        ended = enclave(
            home,
            *("archive", "submit", NOTEBOOKS / "immunodeficiency_index.ipynb"),
            *("--project", "immune-index", "--as", "rikke", "--title", "Late"),
        )
    finally:
        with database.begin() as session:
            session.execute(mine.values(training_until=today() + timedelta(days=30)))
        database.dispose()

    refused(ended, 3, "training", str(ended_on))


def test_an_unknown_grant_project_analysis_and_application(home: Settings):
    refused(enclave(home, "deliver", "G9-9", "--as", "mads"), 4, "G9-9")
    refused(enclave(home, "project", "show", "ghost"), 4, "ghost")
    refused(enclave(home, "rerun", "PAC1999Nobody_x", "--as", "karen"), 4, "PAC1999")
    refused(enclave(home, "application", "show", 99, "--as", "karen"), 4, "99")


def test_a_tampered_certificate(home: Settings, tmp_path: Path):
    signed = Signer.load(home).sign({"type": "rerun-certificate", "verdict": "differs"})
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps({**signed, "verdict": "identical"}))

    ended = enclave(home, "certificate", "verify", path)

    refused(ended, 5, "was changed after it was signed")


def test_a_certificate_that_is_not_there(home: Settings):
    refused(enclave(home, "certificate", "verify", "/nowhere.json"), 2, "nowhere")


def test_an_audit_log_that_was_changed(home: Settings, tmp_path: Path):
    exported = tmp_path / "audit.jsonl"
    assert enclave(home, "audit", "export", exported).returncode == 0
    exported.write_text(exported.read_text().replace('"rikke"', '"anne"', 1))

    refused(enclave(home, "audit", "verify", "--file", exported), 5, "entry")
