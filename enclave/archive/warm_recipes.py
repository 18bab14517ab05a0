"""What the warm parents of runs and of kernels are made of."""

import sys
from importlib.util import find_spec
from pathlib import Path

from enclave.archive.execution_sandbox import (
    DETERMINISTIC,
    HOME,
    WORK,
    kernel_sandbox,
)
from enclave.canonical import file_digest
from enclave.errors import HostError
from enclave.sandbox.description import Account, Limits, Mount
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.released_kernels import MARK, Release
from enclave.sandbox.runtime_mounts import environment_runtime, python_runtime
from enclave.settings import Settings


# What analyses load most, in an order in which one brings the others along. What a
# kernel does not have is passed over.
LIBRARIES = (
    "numpy",
    "pandas",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.core.reshape.reshape",
    "scipy.stats",
    "statsmodels.api",
    "statsmodels.formula.api",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "pyarrow.parquet",
    "pyarrow.dataset",
    "sklearn.linear_model",
    "lifelines",
)

_LAUNCHED = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


def can_be_forked(release: Release) -> bool:
    """Tell whether it is a kernel whose start this module knows how to go on from."""
    asked = release.specification["argv"]
    return bool(
        release.language == "python"
        and not release.locked.debian
        and release.needs is None
        and asked[-len(_LAUNCHED) :] == _LAUNCHED
    )


def of_kernels(release: Release, account: Account, settings: Settings) -> Recipe:
    """Return what the parent of a project's kernels of this release is made of."""
    prefix = release.prefix(settings)
    specification = release.specification
    program, *flags = specification["argv"][: -len(_LAUNCHED)]
    python = Path(program.replace("@PREFIX@", str(prefix)))
    script, root = _package("enclave_kernels") / "forked_kernel.py", _package("enclave")
    mark = prefix / MARK
    given = kernel_sandbox(Limits(), with_data=False)
    return Recipe(
        command=(str(python), *flags, str(script), str(root.parent), *LIBRARIES),
        account=account,
        mounts=_all_of(
            *environment_runtime(prefix),
            *python_runtime(),
            Mount(None, HOME, writable=True),
            Mount(None, WORK, writable=True),
        ),
        environment=given.seen_by(python, specification.get("env", {})),
        workdir=WORK,
        # What is installed: which lock, when, and by which Python it is run.
        version=f"{file_digest(release.lock)} {mark.stat().st_mtime_ns}"
        f" {python.resolve()} {python.stat().st_mtime_ns}",
    )


def of_runs(account: Account) -> Recipe:
    """Return what the parent of a project's runs is made of."""
    return Recipe(
        command=(sys.executable, "-P", "-m", "enclave_kernels.forked_run"),
        account=account,
        mounts=_all_of(*python_runtime(), Mount(None, HOME, writable=True)),
        environment={**DETERMINISTIC, "HOME": str(HOME), "PATH": "/usr/bin:/bin"},
        workdir=Path("/tmp"),  # noqa: S108 - the sandbox's own
        allow_nested=True,
    )


def _all_of(*mounts: Mount) -> tuple[Mount, ...]:
    return tuple({mount.target: mount for mount in mounts}.values())


def _package(name: str) -> Path:
    specification = find_spec(name)
    if specification is None or specification.origin is None:
        raise HostError(f"The package {name} is not installed.")
    return Path(specification.origin).parent
