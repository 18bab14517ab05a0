"""Notebooks run in kernels that are forked from a warm parent, and in cold ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from enclave.archive.execution import execute
from enclave.archive.run_record import RunRecord
from enclave.archive.warm_start import WarmStarts
from enclave.sandbox.accounts import for_project
from enclave.sandbox.beneath import SandboxBeneath
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account, Limits, SandboxDescription
from enclave.sandbox.released_kernels import DEFAULT, release
from enclave.settings import Settings
from tests.builders.dask_cluster import wait_for


# That of the project in the archives of tests, so that all have the same parents.
ACCOUNT = for_project(1)


needs_root = pytest.mark.skipif(
    ACCOUNT is None,
    reason="only root may keep warm parents; runs start cold for others",
)

LIMITS = Limits(wall_seconds=120, tmp_bytes=64 << 20, processes=200)


PROGRAMS = ("forked_kernel.py", "enclave_kernels.forked_run")


def parents_of(account: Account | None) -> list[psutil.Process]:
    """Return the warm parents that were started here; of any account, with None."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            program = any(part.endswith(PROGRAMS) for part in each.cmdline())
            theirs = account is None or each.uids().real == account.uid
            # Their forks have the same command line, and another parent.
            if program and theirs and each.parent().name() == "bwrap":
                found.append(each)
    return found


def wait_until_warm(warm: WarmStarts, settings: Settings) -> None:
    """Return when runs on the one delivery of an installation can be forked."""
    (manifest,) = settings.deliveries.rglob("manifest.json")
    # One that was killed this moment is only found out by asking it.
    wait_for(lambda: warm.of(release(DEFAULT), ACCOUNT, manifest.parent, seconds=120))


@contextmanager
def ready(
    settings: Settings, account: Account | None = ACCOUNT
) -> Iterator[WarmStarts]:
    with WarmStarts(settings) as warm:
        assert warm.of(release(DEFAULT), account, seconds=120) is not None
        yield warm


def notebook(path: Path, *sources: str) -> Path:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "source": source,
            "metadata": {"tags": ["raises-exception"] if "raise" in source else []},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    spec = {"name": DEFAULT, "display_name": DEFAULT, "language": "python"}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}}
    path.write_text(json.dumps({**document, "cells": cells}))
    return path


def run(
    settings: Settings,
    folder: Path,
    warm: WarmStarts | None,
    *sources: str,
    work: Path | None = None,
    account: Account | None = ACCOUNT,
) -> tuple[RunRecord, list[Any]]:
    """Run cells; return the record, and the outputs cell by cell."""
    if warm is not None:  # a test may have killed a parent
        assert warm.of(release(DEFAULT), account, seconds=120) is not None
    record = execute(
        settings,
        notebook=notebook(folder / "given.ipynb", *sources),
        kernel=DEFAULT,
        data=None,
        out=folder / "out",
        parameters={},
        limits=LIMITS,
        account=account,
        warm=warm,
        work=work,
    )
    executed = json.loads((folder / "out" / "executed.ipynb").read_text())
    return record, [cell["outputs"] for cell in executed["cells"]]


@contextmanager
def sandbox_beneath(
    parent: ClosedParent, files: int, kernel: SandboxDescription
) -> Iterator[SandboxBeneath]:
    """Build what a fork of this parent can enter, with the files that a run sees."""
    with parent.builder(kernel) as builder, parent.sandbox(files, builder) as sandbox:
        yield sandbox
