"""The probes of ``enclave isolation-report``: all blocked inside, open outside.

A probe that is blocked everywhere proves nothing, so each is first seen to get through
where there is no sandbox.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from enclave.sandbox import isolation
from enclave.sandbox.probes import PROBES


pytestmark = pytest.mark.sandbox

NOBODY = 64_321  # an ordinary user without an entry anywhere

# The others depend on the host: whether it has a network, and what its kernel offers.
OPEN_WITHOUT_A_SANDBOX = {
    "reach the host's loopback",
    "reach an abstract socket",
    "see keys, vault, database, other projects",
    "write to the data",
    "find a secret of the server",
    "see a process of the server",
    "trace a process",
    "read another process's memory",
    "take another process's file",
    "make a user namespace",
    "fork into a user namespace",
    "fork past the filter",
    "type into the terminal",
    "enter a namespace",
    "load a BPF program",
    "use the kernel's keyring",
    "fill the memory with files",
    "gain privileges",
}


def _report(prefix: list[str], home: str) -> list[dict]:
    outcome = subprocess.run(
        [*prefix, sys.executable, "-m", "enclave", "isolation-report", "--json"],
        env={"ENCLAVE_HOME": home, "PATH": "/usr/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert document["host"]["problems"] == []
    return document["probes"]


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        pytest.skip("only root can become an ordinary user")
    prefix = [
        "/usr/bin/setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
    ]
    readable = [*prefix, sys.executable, "-c", "import enclave.cli.main"]
    if subprocess.run(readable, capture_output=True, check=False).returncode:
        pytest.skip("an ordinary user cannot read this installation")
    return prefix


@pytest.mark.parametrize("who", ["as we are", "as an ordinary user"])
def test_every_attempt_is_blocked(who, tmp_path):
    prefix = [] if who == "as we are" else _as_nobody()

    findings = _report(prefix, str(tmp_path))

    assert [finding["probe"] for finding in findings] == list(PROBES)
    assert [finding for finding in findings if not finding["blocked"]] == []


def test_the_attempts_get_through_where_there_is_no_sandbox(settings):
    settings.keys.mkdir(parents=True)
    with isolation._worth_reaching(settings) as (targets, canary, data):
        given = asdict(targets) | {"read_only": [str(data)]}
        # The shell in between is the parent that the probes may take hold of.
        script = f'"{sys.executable}" -m enclave.sandbox.probes; true'
        outcome = subprocess.run(
            ["/bin/sh", "-c", script],
            env={"ENCLAVE_PROBE_TARGETS": json.dumps(given), "SECRET": canary},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    findings = list(isolation._read(outcome.stdout))
    opened = {finding.probe for finding in findings if not finding.blocked}
    assert len(findings) == len(PROBES), outcome.stderr
    assert opened >= OPEN_WITHOUT_A_SANDBOX
