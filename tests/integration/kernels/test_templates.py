"""Each shipped analysis runs in its released kernel, in the sandbox, to its results.

Those of public and trial data are run by the tour.
"""

from pathlib import Path

import nbformat
import pytest

from enclave.archive import execution
from enclave.archive import notebook as notebooks
from enclave.sandbox.description import Limits
from enclave.sandbox.released_kernels import release
from enclave.settings import Settings
from tests.builders.sandbox import ACCOUNT, owned
from tests.builders.study_delivery import a_study
from tests.conftest import KERNELS


pytestmark = pytest.mark.sandbox

TEMPLATES = Path(__file__).parents[3] / "notebooks" / "templates"

# What a reader would look for in each.
EXPECTED = {
    "immunodeficiency_index": ("AUC", "observed / expected", "rate ratio"),
    "mixed_model": ("change %", "converged", "True"),
    "poisson_rates": ("rate ratio", "Stem cell transplant", "high"),
    "survival": ("hazard ratio", "test_statistic"),
    "survival_r": ("hazard ratio", "GLOBAL"),
    "table_1": ("median [Q1,Q3]", "neutrophils", "Missing"),
    "table_1_r": ("patients", "neutrophils missing", "All"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "delivery"
    return owned(a_study(folder))


def test_every_template_is_run_here_or_by_the_tour():
    shipped = {path.stem for path in TEMPLATES.glob("*.ipynb")}

    assert shipped == {*EXPECTED, "nafld_survival", "omop_gi_bleed"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_template_runs_and_shows_its_results(name, data, tmp_path):
    path = TEMPLATES / f"{name}.ipynb"
    kernel = notebooks.read(path).kernel
    settings = Settings.at(tmp_path / "home", kernels=str(KERNELS))
    if kernel.startswith("r-") and not release(kernel).is_installed(settings):
        pytest.skip(f"no R here: enclave kernels install {kernel}")

    record = execution.execute(
        settings,
        notebook=path,
        kernel=kernel,
        data=data,
        out=tmp_path / "out",
        parameters={},
        limits=Limits(wall_seconds=180),
        account=ACCOUNT,
    )

    assert record.completed, record.failure
    shown = _shown(tmp_path / "out" / "executed.ipynb")
    assert "Warning" not in shown
    assert all(words in shown for words in EXPECTED[name]), shown


def _shown(path: Path) -> str:
    node = nbformat.read(path, as_version=4)
    outputs = [output for cell in node.cells for output in cell.get("outputs", [])]
    texts = [output.get("text", "") for output in outputs]
    return "\n".join(
        [*texts, *(output.get("data", {}).get("text/plain", "") for output in outputs)]
    )
