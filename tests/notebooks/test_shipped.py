"""The notebooks that come with the project: clean, and made for a released kernel."""

from pathlib import Path

import nbformat
import pytest

from enclave.sandbox import released_kernels


ROOT = Path(__file__).parents[2]
EVERY = sorted((ROOT / "notebooks").rglob("*.ipynb"))
TEMPLATES = sorted((ROOT / "notebooks" / "templates").glob("*.ipynb"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_notebook_is_valid_and_holds_no_outputs(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)

    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert "widgets" not in notebook.metadata
    assert len(notebook.cells) <= 15


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_says_what_it_is_and_what_can_be_set(path: Path):
    notebook = nbformat.read(path, as_version=4)
    title, parameters = notebook.cells[:2]

    assert title.cell_type == "markdown"
    assert title.source.startswith("# ")
    assert parameters.metadata.tags == ["parameters"]
    assert parameters.source.startswith(
        ('data = "/project/data"', 'data <- "/project/data"')
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_is_made_for_a_released_kernel(path: Path):
    kernel = nbformat.read(path, as_version=4).metadata.kernelspec.name

    assert kernel in {release.name for release in released_kernels.releases()}
