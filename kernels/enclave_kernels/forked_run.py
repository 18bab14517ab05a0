"""The program of the warm parent of runs: load papermill, then be forked into runs.

``python -P -m enclave_kernels.forked_run``, started in a sandbox without data, keys or
network. A fork does what ``python -m enclave_kernels.run JOB`` does, in the sandbox of
a run.
"""

import gc
import json
import os
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from enclave.archive import notebook as notebooks
from enclave.sandbox import seccomp
from enclave.sandbox.forking import Born, serve
from enclave.sandbox.joining import leave_at_once, own_end
from enclave_kernels import provisioner as _  # noqa: F401 - Jupyter loads it by name
from enclave_kernels.forked_process import DOOR
from enclave_kernels.run import run


def main() -> None:
    """Load, serve, and in each fork run one notebook."""
    _warm_up()
    client = own_end()
    gc.collect()
    gc.freeze()
    born = serve(client)
    if born is not None:
        _run(born)


def _warm_up() -> None:
    """Have done what is otherwise done when it is first needed."""
    KernelSpecManager().find_kernel_specs()
    KernelProvisionerFactory.instance()
    for nested in (False, True):
        seccomp.filters(allow_nested=nested)
    cell = nbformat.v4.new_code_cell("0")  # type: ignore[no-untyped-call] # has no types
    notebook = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call] # ditto
    written = nbformat.writes(notebook)  # type: ignore[no-untyped-call] # ditto
    nbformat.reads(written, as_version=4)  # type: ignore[no-untyped-call] # ditto
    notebooks.parse(written.encode(), name="empty.ipynb")


def _run(born: Born) -> None:
    output, door = born.handed
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    os.environ.clear()
    os.environ.update(born.told["environment"], **{DOOR: str(door)})
    run(json.loads(Path(born.told["job"]).read_text()))
    sys.stdout.flush()
    sys.stderr.flush()
    # All is written. To take apart what forks share would copy it first.
    leave_at_once(0)


if __name__ == "__main__":
    main()
