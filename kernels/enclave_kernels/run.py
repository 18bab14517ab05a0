"""``python -m enclave_kernels.run JOB.json``: run one notebook, inside a sandbox.

The job names the notebook, the kernel, the parameters, the folder for the results and
the time limits. Written are ``executed.ipynb``, the notebook with its outputs, and
``run.json``, a :class:`~enclave.archive.run_record.RunRecord` without any content of
it. Each start and end of a cell is one line of JSON on standard output.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from papermill.engines import papermill_engines

from enclave import durable
from enclave.archive import notebook as notebooks
from enclave.archive import parameters as parameter_rules
from enclave.archive import work_folder
from enclave.archive.execution_sandbox import READINGS
from enclave.archive.run_record import Cause, RunRecord, Software, Status
from enclave.sandbox import released_kernels
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave_kernels.run_log import CellCourse, RunLog, TimeLimits


PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"


def run(job: Mapping[str, Any]) -> RunRecord:
    """Run one notebook.

    Parameters
    ----------
    job
        ``notebook`` and ``out`` (paths), ``kernel``, ``parameters``, ``cwd`` (of the
        kernel), ``run_seconds`` and ``cell_seconds`` (None for no limit).

    Raises
    ------
    InputError
        If the notebook cannot be read or does not declare a parameter.
    """
    began = monotonic()
    source, out = Path(job["notebook"]), Path(job["out"])
    parameter_rules.check(job["parameters"], notebooks.read(source))
    node: Any = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call] # has no types
    language = KernelSpecManager().get_kernel_spec(job["kernel"]).language
    parameters = job["parameters"]
    injected = inject(node, parameters, language) if parameters else None
    log = RunLog(on_change=lambda cell: _tell(cell, len(node.cells)))
    files, work = job.get("files"), Path(job["cwd"])
    if files is not None:
        work_folder.copy(Path(files), work)
    papermill_engines.execute_notebook_with_engine(
        "enclave",
        node,
        job["kernel"],
        output_path=str(out / "executed.ipynb"),
        limits=TimeLimits(run=job["run_seconds"], cell=job["cell_seconds"]),
        log=log,
        cwd=job["cwd"],
    )
    if files is not None and log.failure is None:
        _take_out(work, Path(files), log)
    record = RunRecord(
        status=Status.FAILED if log.failure else Status.COMPLETED,
        failure=log.failure,
        cells=tuple(cell.record() for cell in log.cells),
        injected=injected,
        seconds=round(monotonic() - began, 3),
        software=_software(job["kernel"], node),
        readings=_readings(job["kernel"], out),
    )
    durable.write_file(out / "run.json", record.model_dump_json().encode())
    return record


def _take_out(work: Path, files: Path, log: RunLog) -> None:
    try:
        work_folder.replace(files, by=work)
    except work_folder.TooManyFilesError:
        log.fail(Cause.ERROR, "TooManyFiles")


def inject(node: Any, parameters: Mapping[str, Any], language: str = "python") -> int:
    """Put a cell after the one that declares the parameters; return its place.

    Names and values both travel inside one JSON text. papermill writes the names into
    the code, so that a name can be code.
    """
    text = json.dumps(parameters, allow_nan=False, sort_keys=True)
    cell: Any = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call] # has no types
        "# The parameters of this run\n" + _ASSIGNING[language.lower()](text),
        metadata={"tags": [INJECTED_TAG]},
        id=INJECTED_TAG,  # the default is random, and equal runs would differ
    )
    if node.nbformat_minor < 5:
        del cell["id"]
    node.cells = [each for each in node.cells if not _has_tag(each, INJECTED_TAG)]
    place = 1 + next(
        place for place, each in enumerate(node.cells) if _has_tag(each, PARAMETERS_TAG)
    )
    node.cells.insert(place, cell)
    return place


_ASSIGNING: dict[str, Callable[[str], str]] = {
    "python": lambda text: f"globals().update(__import__('json').loads({text!r}))",
    # R reads a JSON text as one of its own where nothing but ASCII is in it.
    "r": lambda text: (
        f"list2env(jsonlite::fromJSON({json.dumps(text)}), globalenv()) |> invisible()"
    ),
}


def _has_tag(cell: Any, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def _tell(cell: CellCourse, of: int) -> None:
    told = {"cell": cell.index + 1, "of": of, "status": cell.status}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _software(kernel: str, node: Any) -> Software:
    # PREFIX/share/jupyter/kernels/NAME
    prefix = Path(KernelSpecManager().get_kernel_spec(kernel).resource_dir).parents[3]
    return Software(
        kernel=kernel,
        python=node.metadata.get("language_info", {}).get("version", ""),
        packages=released_kernels.packages(prefix),
        environment=dict(KernelSandbox.from_environment(os.environ).environment),
    )


def _readings(kernel: str, out: Path) -> tuple[str, ...] | None:
    """Return the delivered columns that were read; None if the kernel does not say."""
    metadata = KernelSpecManager().get_kernel_spec(kernel).metadata
    if not metadata.get("enclave", {}).get("traces"):
        return None
    file = out / READINGS
    return tuple(sorted(set(file.read_text().split()))) if file.exists() else ()


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text()))
