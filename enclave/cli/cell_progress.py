"""What is shown of a notebook that runs: the cell it has come to."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from enclave.archive.execution import Progress
from enclave.archive.sandbox_run import Watch


@contextmanager
def cell_progress() -> Iterator[Watch]:
    """Show the running cell on standard error, if that is a terminal."""
    console = Console(stderr=True)
    with console.status("Preparing the sandbox") as status:

        def watch(step: Progress) -> None:
            status.update(f"Cell {step.cell} of {step.of} is {step.status}")

        yield watch
