"""The sandbox of one run, and the job it is given."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from enclave.sandbox import kernel_places
from enclave.sandbox.description import Account, Limits, Mount, SandboxDescription
from enclave.sandbox.kernel_sandbox import KernelSandbox
from enclave.sandbox.runtime_mounts import environment_runtime, python_runtime


# What results can depend on besides code and data.
DETERMINISTIC = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    # The sum of many numbers depends on how many threads share the work.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    # Matplotlib dates its pictures by it instead of by today.
    "SOURCE_DATE_EPOCH": "0",
}

DATA = Path("/project/data")
WORK = Path("/project/work")
HOME = Path("/home")
_RUN = Path("/project/run")
SOURCE, JOB, FILES, READINGS = "source.ipynb", "job.json", "files", "readings"
JOB_INSIDE = _RUN / JOB

_SECONDS_TO_WRITE = 15.0


def job(
    kernel: str, parameters: Mapping[str, Any], limits: Limits, *, keep: bool = False
) -> bytes:
    """Write down what :mod:`enclave_kernels.run` is to do.

    With ``keep`` it puts the files of the run's folder into the work folder before, and
    takes those that are there out after.
    """
    document = {
        "notebook": str(_RUN / SOURCE),
        "out": str(_RUN),
        "kernel": kernel,
        "parameters": dict(parameters),
        "cwd": str(WORK),
        "files": str(_RUN / FILES) if keep else None,
        "run_seconds": _seconds_inside(limits.wall_seconds),
        "cell_seconds": None,
    }
    return json.dumps(document).encode()


def sandbox(
    prefix: Path,
    folder: Path,
    data: Path | None,
    limits: Limits,
    account: Account | None,
) -> SandboxDescription:
    """Describe the sandbox of a run.

    Parameters
    ----------
    prefix
        The environment of the kernel.
    folder
        Holds source and job, and gets the results.
    data
        Seen as ``/project/data``; None for no data.
    limits
        Of the run, and of the kernel in it.
    account
        Of the project.
    """
    given = () if data is None else (Mount(data.resolve(), DATA),)
    kernel = kernel_sandbox(limits, with_data=data is not None)
    return SandboxDescription(
        [sys.executable, "-P", "-m", "enclave_kernels.run", str(JOB_INSIDE)],
        mounts=(
            *python_runtime(),
            *environment_runtime(prefix),
            *given,
            Mount(folder, _RUN, writable=True),
            Mount(None, HOME, writable=True),
            Mount(None, WORK, writable=True),
            *kernel_places.of_run(),
        ),
        environment={
            **DETERMINISTIC,
            **kernel.as_environment(),
            kernel_places.VARIABLE: str(kernel_places.FOLDER),
            "HOME": str(HOME),
            "PATH": "/usr/bin:/bin",
            "JUPYTER_PATH": str(prefix / "share" / "jupyter"),
            "ENCLAVE_READINGS": str(_RUN / READINGS),
        },
        limits=limits,
        account=account,
        allow_nested=True,
        die_with_parent=True,
    )


def kernel_sandbox(limits: Limits, *, with_data: bool) -> KernelSandbox:
    """Return what the kernel of a run may see and use."""
    data = (Mount(DATA, DATA),) if with_data else ()
    return KernelSandbox(
        # It sees its data where the run sees them, and its workplace is the run's, so
        # that what it leaves there can be taken out.
        mounts=(*data, Mount(WORK, WORK, writable=True)),
        environment=DETERMINISTIC,
        limits=limits,
    )


def _seconds_inside(wall_seconds: float | None) -> float | None:
    """Leave time to write down that the time was over."""
    if wall_seconds is None:
        return None
    return max(wall_seconds - _SECONDS_TO_WRITE, wall_seconds / 2)
