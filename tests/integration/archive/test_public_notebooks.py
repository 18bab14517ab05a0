"""Notebooks that others publish are archived, executed again, and judged rightly.

They are in the source archives of statsmodels, papermill and nbval, which
``make check-public-notebooks`` fetches; without them there is nothing to test.
"""

import json
import os
import tarfile
from pathlib import Path

import pytest

from enclave.archive import layout
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun import REPORT, folder_of
from tests.integration.archive.conftest import KERNEL


SOURCES = os.environ.get("ENCLAVE_PUBLIC_NOTEBOOKS")

STATSMODELS = (
    "ols gls wls glm glm_weights robust_models_0 quantile_regression predict"
    " discrete_choice_overview kernel_density lowess stats_poisson tsa_filters"
)
NOTEBOOKS = (
    *(f"statsmodels-*/examples/notebooks/{name}" for name in STATSMODELS.split()),
    "papermill-*/papermill/tests/notebooks/simple_execute",
    "papermill-*/papermill/tests/notebooks/complex_parameters",
    "papermill-*/papermill/tests/notebooks/report_mode_test",
    "nbval-*/tests/sample_notebook",
    "nbval-*/tests/latex-example",
    "nbval-*/tests/test_coalesce",
)
# They draw random numbers without a seed, so they cannot come out again.
WITHOUT_SEED: frozenset[str] = frozenset()

pytestmark = pytest.mark.skipif(SOURCES is None, reason="make check-public-notebooks")


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for archive in Path(SOURCES or "").glob("*.tar.gz"):
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
    return folder


def _for_our_kernel(notebook: Path, target: Path) -> Path:
    document = json.loads(notebook.read_text())
    document["metadata"]["kernelspec"] = {"name": KERNEL, "display_name": KERNEL}
    target.write_text(json.dumps(document))
    return target


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", NOTEBOOKS, ids=lambda name: name.rpartition("/")[2])
def test_it_comes_out_again(enclave, unpacked, tmp_path, name):
    (found,) = unpacked.glob(f"{name}.ipynb")
    notebook = _for_our_kernel(found, tmp_path / found.name)
    analysis = enclave.submit(notebook, title=found.stem)

    certificate = enclave.rerun(analysis)

    folder = folder_of(enclave.settings, analysis.id, 1)
    report = (folder / REPORT).read_text()
    kept = enclave.folder(analysis)
    unseeded = json.loads((kept / layout.RANDOMNESS).read_text())["without_seed"]
    if found.stem in WITHOUT_SEED:
        assert certificate.verdict is Verdict.DIFFERS
        assert unseeded, "its author is told why"
    else:
        assert certificate.verdict is Verdict.IDENTICAL, report
