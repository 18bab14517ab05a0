"""An installation with delivered data and an analysis of them, made once and copied."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from enclave.archive.bundle import submit
from enclave.archive.certificate import Certificate
from enclave.archive.rerun import rerun
from enclave.archive.submission import Submission
from enclave.audit import log
from enclave.clock import Clock
from enclave.delivery.deliver import deliver
from enclave.settings import Settings
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.audit_tables import AuditEntry
from enclave.store.database import Database
from enclave.store.project_tables import Account, Project
from enclave.store.schema import upgrade
from tests.builders import installation
from tests.builders.projects import at
from tests.conftest import KERNELS


KERNEL = "python-2026.12"

ANALYSIS = {
    "minimum = 0.0  # mg/L": ("parameters",),
    """\
import pandas as pd
lab = pd.read_parquet("/project/data/lab.parquet")
lab = lab[lab["value"] >= minimum]
print(f"{len(lab)} results of {lab['pseudonym'].nunique()} persons")""": (),
    """\
lab.groupby("code")["value"].agg(["count", "mean", "std"])""": (),
}


def code(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
    }


@dataclass(frozen=True)
class Enclave:
    """A small installation, and what people do there."""

    settings: Settings
    database: Database

    def notebook(self, *sources: str, kernel: str = KERNEL) -> Path:
        """Write a notebook of these cells, or else the analysis."""
        wanted = dict.fromkeys(sources, ()) or ANALYSIS
        cells = [code(source, *tags) for source, tags in wanted.items()]
        document = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": kernel, "display_name": kernel}},
            "cells": [{**cell, "id": f"c{n}"} for n, cell in enumerate(cells)],
        }
        path = self.settings.home.parent / "analysis.ipynb"
        path.write_text(json.dumps(document))
        return path

    def submit(
        self, notebook: Path | None = None, clock: Clock | None = None, **changes: Any
    ) -> ArchivedAnalysis:
        fields: dict[str, Any] = {
            "project": "demo",
            "account": "rikke",
            "title": "C-reactive protein",
            "parameters": {},
            **changes,
        }
        submission = Submission.read(notebook or self.notebook(), **fields)
        return submit(self.settings, self.database, submission, clock=clock or at())

    def rerun(self, analysis: ArchivedAnalysis, **changes: Any) -> Certificate:
        fields: dict[str, Any] = {"actor": "rikke", "clock": at(), **changes}
        return rerun(self.settings, self.database, analysis.id, **fields)

    def folder(self, analysis: ArchivedAnalysis) -> Path:
        return self.settings.archive / analysis.id

    def archived(self) -> list[ArchivedAnalysis]:
        with self.database.begin() as session:
            return list(session.scalars(select(ArchivedAnalysis)))

    def audited(self, action: str) -> list[AuditEntry]:
        """Return the audit entries of an action, after checking the whole chain."""
        with self.database.begin() as session:
            log.verify(session)
            entries = select(AuditEntry).where(AuditEntry.action == action)
            return list(session.scalars(entries))


def _opened(home: Path) -> Enclave:
    settings = Settings.at(home, kernels=str(KERNELS))
    return Enclave(settings, Database(settings.database_url))


@pytest.fixture(scope="session")
def delivered_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("delivered") / "home"
    made = _opened(home)
    upgrade(made.database)
    installation.set_up(made.settings, made.database)
    grant = installation.issued(made.settings, made.database)
    deliver(made.settings, made.database, grant.id, clock=at())
    _keep_valid(made.database)
    made.database.dispose()
    return home


@pytest.fixture(scope="session")
def archived_home(
    delivered_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    made = _copy(delivered_home, tmp_path_factory.mktemp("archived"))
    made.submit()
    made.database.dispose()
    return made.settings.home


@pytest.fixture(scope="session")
def rerun_home(archived_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = _copy(archived_home, tmp_path_factory.mktemp("rerun"))
    made.rerun(*made.archived())
    made.database.dispose()
    return made.settings.home


@pytest.fixture
def enclave(delivered_home: Path, tmp_path: Path) -> Iterator[Enclave]:
    """An installation with delivered data and an empty archive."""
    copy = _copy(delivered_home, tmp_path)
    yield copy
    copy.database.dispose()


@pytest.fixture
def archive(archived_home: Path, tmp_path: Path) -> Iterator[Enclave]:
    """An installation with one archived analysis."""
    copy = _copy(archived_home, tmp_path)
    yield copy
    copy.database.dispose()


@pytest.fixture
def done(rerun_home: Path, tmp_path: Path) -> Iterator[Enclave]:
    """An installation with one archived analysis that was executed again once."""
    copy = _copy(rerun_home, tmp_path)
    yield copy
    copy.database.dispose()


@pytest.fixture
def analysis(archive: Enclave) -> ArchivedAnalysis:
    (analysis,) = archive.archived()
    return analysis


def _keep_valid(database: Database) -> None:
    """Let people and project last: a command reads the time from the real clock."""
    far = date(2999, 12, 31)
    with database.begin() as session:
        session.execute(update(Account).values(agreement_until=far, training_until=far))
        session.execute(update(Project).values(end_date=far))


def _copy(template: Path, folder: Path) -> Enclave:
    shutil.copytree(template, folder / "home", symlinks=True)
    return _opened(folder / "home")
