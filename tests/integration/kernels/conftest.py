"""Notebooks and runs for tests of kernels.

notebook
    Writes a notebook of these cells; a cell is its source, or source and tags.
execute
    Runs such a notebook in the sandbox, in the default kernel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from enclave.archive import execution
from enclave.archive.run_record import RunRecord
from enclave.sandbox.description import Limits
from enclave.sandbox.released_kernels import DEFAULT, release
from enclave.settings import Settings
from tests.builders.sandbox import ACCOUNT, owned


@pytest.fixture(autouse=True)
def _default_kernel_is_installed(settings):
    assert release(DEFAULT).is_installed(settings), "run: enclave kernels install"


@pytest.fixture
def notebook(tmp_path):
    def write(
        *cells: str | tuple[str, list[str]], minor: int = 5, kernel: str = DEFAULT
    ) -> Path:
        node = nbformat.v4.new_notebook(nbformat_minor=minor)
        language = release(kernel).specification["language"]
        node.metadata.kernelspec = {
            "name": kernel,
            "display_name": kernel,
            "language": language,
        }
        for cell in cells:
            source, tags = cell if isinstance(cell, tuple) else (cell, [])
            node.cells.append(
                nbformat.v4.new_code_cell(source, metadata={"tags": tags})
            )
            if minor < 5:
                del node.cells[-1]["id"]
        path = tmp_path / "analysis.ipynb"
        nbformat.write(node, path)
        return path

    return write


@pytest.fixture
def data(tmp_path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "person.csv").write_text("pseudonym,age\nA,40\nB,60\n")
    return owned(folder)


@dataclass
class Execute:
    """Runs notebooks of some cells on some data."""

    settings: Settings
    notebook: Callable[..., Path]
    data: Path
    out: Path

    def __call__(
        self,
        *cells,
        parameters=None,
        seconds: float = 120,
        minor: int = 5,
        kernel: str = DEFAULT,
        **other,
    ) -> RunRecord:
        return execution.execute(
            self.settings,
            notebook=self.notebook(*cells, minor=minor, kernel=kernel),
            kernel=kernel,
            data=self.data,
            out=self.out,
            parameters=parameters or {},
            limits=Limits(wall_seconds=seconds, tmp_bytes=64 << 20),
            account=ACCOUNT,
            **other,
        )


@pytest.fixture
def execute(settings, notebook, data, tmp_path) -> Execute:
    return Execute(settings, notebook, data, tmp_path / "out")


@pytest.fixture
def executed(tmp_path):
    """Return the outputs of each code cell of the executed copy, as text."""

    def read() -> list[str]:
        node = nbformat.read(tmp_path / "out" / "executed.ipynb", as_version=4)
        return [
            "".join(
                output.get("text", "") or output.get("data", {}).get("text/plain", "")
                for output in cell.outputs
            )
            for cell in node.cells
        ]

    return read
