"""Whether a program can be forked into a sandbox on this machine: it is tried once."""

import logging
import sys
from functools import cache
from pathlib import Path
from subprocess import PIPE

from enclave.errors import EnclaveError, HostError
from enclave.sandbox import accounts
from enclave.sandbox.beneath import mount_namespace
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account, SandboxDescription
from enclave.sandbox.programs import program
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.runtime_mounts import python_runtime


_PATIENCE = 30.0  # seconds

logger = logging.getLogger(__name__)


def why_not() -> str | None:
    """Return what keeps this machine from it; None if nothing does.

    That it can be done is remembered; what kept it from that may pass.
    """
    account = accounts.for_dashboards()
    if account is None:
        return "the enclave is not run by root"
    try:
        _try(account)
    except (EnclaveError, OSError) as error:
        logger.warning("this machine cannot fork kernels now: %s", error)
        return str(error)
    return None


@cache
def _try(account: Account) -> None:
    missing = _tried(account)
    if missing:
        raise HostError(missing)


def _tried(account: Account) -> str | None:
    run = SandboxDescription([program("cat")], account=account, allow_nested=True)
    inside = SandboxDescription([program("cat")], account=account, reaper=True)
    with (
        ClosedParent(_forks_into_nothing(account)) as parent,
        launch(run, given=PIPE, output=PIPE) as outer,
    ):
        if not parent.ready(seconds=_PATIENCE):
            return "a trial parent did not load"
        outer.wait_until_it_stands()
        with (
            mount_namespace(outer) as files,
            parent.builder(inside) as builder,
            parent.sandbox(files, builder) as sandbox,
        ):
            ended = parent.fork(sandbox.handle, inside, {}).wait()
    return None if ended == 0 else f"a trial fork ended with exit code {ended}"


def _forks_into_nothing(account: Account) -> Recipe:
    return Recipe(
        (sys.executable, "-P", "-m", "enclave.sandbox.forking"),
        account,
        python_runtime(),
        {},
        Path("/"),
    )
