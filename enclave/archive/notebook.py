"""A notebook as this package reads it: nbformat 4, and only the fields that count.

A notebook comes from a workspace or out of a sandbox, so it is parsed as data and never
handed to a library that would render or run it.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from enclave.archive.intake import read_file
from enclave.canonical import digest
from enclave.errors import InputError


LARGEST_NOTEBOOK_BYTES = 100_000_000


def _join(lines: Any) -> Any:
    return "".join(lines) if isinstance(lines, list) else lines


# nbformat stores a text as one string or as a list of lines.
Lines = Annotated[str, BeforeValidator(_join)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Output(_Part):
    """One output of a code cell."""

    output_type: Literal["stream", "display_data", "execute_result", "error"]
    name: str = ""
    text: Lines = ""
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    ename: str = ""
    evalue: str = ""


class Cell(_Part):
    """One cell, with its outputs if it is code."""

    cell_type: Literal["code", "markdown", "raw"]
    source: Lines
    metadata: dict[str, Any] = {}
    outputs: tuple[Output, ...] = ()

    @property
    def tags(self) -> frozenset[str]:
        """The cell's tags; none where the metadata hold something else."""
        tags = self.metadata.get("tags", [])
        return frozenset(map(str, tags)) if isinstance(tags, list) else frozenset()


class Notebook(_Part):
    """A notebook in nbformat 4."""

    nbformat: Literal[4]
    metadata: dict[str, Any] = {}
    cells: tuple[Cell, ...]

    @property
    def kernel(self) -> str | None:
        """The name of the kernel the notebook asks for."""
        specification = self.metadata.get("kernelspec")
        name = specification.get("name") if isinstance(specification, dict) else None
        return name if isinstance(name, str) else None

    @property
    def language(self) -> str:
        """The language it is written in, in small letters; Python if it says none."""
        named = self.metadata.get("kernelspec")
        said = named.get("language") if isinstance(named, dict) else None
        return said.lower() if isinstance(said, str) else "python"

    @cached_property
    def source_digest(self) -> str:
        """SHA-256 of what is executed: cell types, sources and tags, nothing else."""
        return digest(
            [[cell.cell_type, cell.source, sorted(cell.tags)] for cell in self.cells]
        )


def read(path: Path) -> Notebook:
    """Read a notebook.

    Raises
    ------
    InputError
        If there is no regular file of that name, or it is no notebook in nbformat 4.
    """
    return parse(read_file(path, largest=LARGEST_NOTEBOOK_BYTES), name=path.name)


def parse(content: bytes, *, name: str) -> Notebook:
    """Parse the bytes of a notebook; ``name`` is what an error calls it."""
    try:
        return Notebook.model_validate_json(content)
    except ValidationError as error:
        # The message of pydantic quotes the input, which may be a patient's value.
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the file"
        raise InputError(
            f"{name} is not a notebook in nbformat 4: {place} is not as it should be."
            " Open it in JupyterLab and save it again."
        ) from error
