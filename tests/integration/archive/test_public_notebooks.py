"""Notebooks that others publish are archived, executed again, and judged rightly.

They are in the source archives of statsmodels, papermill and nbval, which
``make check-public-notebooks`` fetches; without them there is nothing to test.
"""

import fnmatch
import json
import os
import re
import tarfile
from pathlib import Path, PurePath
from typing import Any

import pytest

from enclave.archive import layout
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun import REPORT, folder_of
from enclave.clock import now
from enclave.errors import InputError
from tests.integration.archive.conftest import KERNEL


SOURCES = os.environ.get("ENCLAVE_PUBLIC_NOTEBOOKS")
# One line for each notebook: what ``public_notebooks_page`` makes a page of.
RESULTS = os.environ.get("ENCLAVE_PUBLIC_RESULTS", os.devnull)

STATSMODELS = (
    "ols gls wls glm glm_weights quantile_regression discrete_choice_overview"
    " stats_poisson tsa_filters robust_models_0 predict kernel_density"
)
NOTEBOOKS = (
    *(f"statsmodels-*/examples/notebooks/{name}" for name in STATSMODELS.split()),
    "papermill-*/papermill/tests/notebooks/simple_execute",
    "papermill-*/papermill/tests/notebooks/report_mode_test",
    "nbval-*/tests/test_coalesce",
    "nbval-*/tests/minimal_example",
)
# They draw random numbers without a seed, so they cannot come out again.
WITHOUT_SEED = frozenset({"robust_models_0", "predict"})
# It seeds NumPy's shared generator, which what it draws with no longer uses.
SEED_WITHOUT_EFFECT = "kernel_density"
REFUSED = {
    "statsmodels-*/examples/notebooks/lowess": "cell 2 failed (missing package",
    "nbval-*/tests/latex-example": "cell 2 failed (missing package",
    "nbval-*/tests/sample_notebook": "cell 16 failed (error, NameError",
    "papermill-*/papermill/tests/notebooks/test_logging": "cell 3 failed (missing",
    "papermill-*/papermill/tests/notebooks/complex_parameters": "is not Python",
}

pytestmark = pytest.mark.skipif(SOURCES is None, reason="make check-public-notebooks")


@pytest.fixture(scope="session")
def published() -> dict[str, bytes]:
    """Every notebook in the source archives, by its path there."""
    found = {}
    for archive in Path(SOURCES or "").glob("*.tar.gz"):
        with tarfile.open(archive) as file:
            for member in file.getmembers():
                content = file.extractfile(member)
                if content is not None and member.name.endswith(".ipynb"):
                    found[member.name] = content.read()
    return found


def _for_our_kernel(content: bytes, target: Path) -> Path:
    document = json.loads(content)
    document["metadata"]["kernelspec"] = {"name": KERNEL, "display_name": KERNEL}
    target.write_text(json.dumps(document))
    return target


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", NOTEBOOKS, ids=lambda name: name.rpartition("/")[2])
def test_it_comes_out_again(enclave, published, tmp_path, name):
    (path,) = fnmatch.filter(published, f"{name}.ipynb")
    found = PurePath(path)
    notebook = _for_our_kernel(published[path], tmp_path / found.name)
    # By the real clock: summaries of statsmodels print it.
    analysis = enclave.submit(notebook, title=found.stem, clock=now)

    certificate = enclave.rerun(analysis, clock=now)

    folder = folder_of(enclave.settings, analysis.id, 1)
    report = (folder / REPORT).read_text()
    kept = enclave.folder(analysis)
    unseeded = json.loads((kept / layout.RANDOMNESS).read_text())["without_seed"]
    _write_down(
        notebook=path,
        outcome=certificate.verdict.value,
        outputs=certificate.outputs,
        unseeded=len(unseeded),
    )
    if found.stem in {*WITHOUT_SEED, SEED_WITHOUT_EFFECT}:
        assert certificate.verdict is Verdict.DIFFERS
        assert bool(unseeded) is (found.stem in WITHOUT_SEED), "its author is told why"
    else:
        assert certificate.verdict is Verdict.IDENTICAL, report


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: name.rpartition("/")[2])
def test_what_does_not_run_here_is_refused_with_its_cause(
    enclave, published, tmp_path, name
):
    (path,) = fnmatch.filter(published, f"{name}.ipynb")
    notebook = _for_our_kernel(published[path], tmp_path / "it.ipynb")

    with pytest.raises(InputError, match=re.escape(REFUSED[name])) as refused:
        enclave.submit(notebook, title="Not here")

    assert enclave.archived() == []
    _write_down(notebook=path, outcome="refused", why=str(refused.value))


def _write_down(**result: Any) -> None:
    with Path(RESULTS).open("a") as file:
        file.write(json.dumps({**result, "kernel": KERNEL}) + "\n")
