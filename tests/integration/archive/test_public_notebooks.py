"""Notebooks that others publish are archived, executed again, and judged rightly.

They are in the source archives of statsmodels, papermill and nbval, which
``make check-public-notebooks`` fetches; without them there is nothing to test.
"""

import fnmatch
import json
import os
import tarfile
from pathlib import Path, PurePath

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
