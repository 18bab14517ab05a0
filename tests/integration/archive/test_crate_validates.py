"""The crate of an archived analysis is valid, says the public validator.

It is no dependency: ``make check-crate`` fetches it and names its Python.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.archive.test_folder import folder


__all__ = ["folder"]

PYTHON = os.environ.get("ENCLAVE_CRATE_VALIDATOR", "")

pytestmark = pytest.mark.skipif(not PYTHON, reason="make check-crate")


def _validate(crate: Path) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("validate_crate.py")
    return subprocess.run(
        [PYTHON, "-I", script, crate], capture_output=True, text=True, check=False
    )


def test_the_crate_of_a_notebook_is_a_workflow_run_crate(archive, analysis):
    validated = _validate(archive.folder(analysis))

    assert validated.returncode == 0, validated.stdout


def test_the_crate_of_a_folder_is_a_workflow_run_crate(enclave, folder):
    analysis = enclave.submit(folder, title="Survival")

    validated = _validate(enclave.folder(analysis))

    assert validated.returncode == 0, validated.stdout


def test_a_crate_that_lacks_its_workflow_is_found_out(archive, analysis):
    crate = archive.folder(analysis) / "ro-crate-metadata.json"
    crate.write_text(crate.read_text().replace("ComputationalWorkflow", "Thing"))

    assert _validate(archive.folder(analysis)).returncode == 1
