"""``enclave isolation-report``: what it says and how it ends."""

import json
import os

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.errors import HostError
from enclave.sandbox import isolation, programs, requirements
from enclave.sandbox.probes import PROBES, Finding
from enclave.sandbox.running import Outcome


def _call(settings, *arguments: str):
    return CliRunner().invoke(enclave, ["isolation-report", *arguments], obj=settings)


@pytest.fixture
def found(monkeypatch):
    """Let the report find what a test puts into the list."""
    findings = [Finding("reach a server", blocked=True, detail="unreachable")]
    monkeypatch.setattr(isolation, "findings", lambda _: findings)
    return findings


@pytest.mark.sandbox
@pytest.mark.usefixtures("found")
def test_all_that_is_blocked_ends_well(settings):
    shown = _call(settings)

    assert shown.exit_code == 0
    assert "1 of 1 attempts blocked" in shown.output
    assert requirements.LIMITED_BY in shown.output
    forked = "can be forked from warm parents, but start cold (ENCLAVE_WARM_RERUNS)"
    cold = "start cold, and cannot be forked here: the enclave is not run by root"
    assert (forked if os.geteuid() == 0 else cold) in shown.output


@pytest.mark.sandbox
def test_anything_open_ends_badly_and_is_named(settings, found):
    found.append(Finding("mount", blocked=False, detail="let through"))

    shown = _call(settings)

    assert shown.exit_code == 5
    assert "OPEN" in shown.output
    assert "open at 1 places: mount" in shown.output


@pytest.mark.sandbox
@pytest.mark.usefixtures("found")
def test_a_machine_reads_the_host_and_each_probe(settings):
    document = json.loads(_call(settings, "--json").output)

    assert document["host"]["problems"] == []
    assert bool(document["host"]["no_forks"]) == (os.geteuid() != 0)
    assert document["probes"] == [
        {"probe": "reach a server", "blocked": True, "detail": "unreachable"}
    ]


def test_a_machine_without_sandboxes_gets_no_report(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(programs, "_FOLDERS", str(tmp_path))

    shown = _call(settings)

    assert shown.exit_code == 6
    assert "apt-get install bubblewrap" in shown.output
    assert "attempts blocked" not in shown.output


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Traceback: ...",
        json.dumps({"probe": "mount", "blocked": True, "detail": "EPERM"}),
        json.dumps({"probe": "forged", "blocked": True}) + "\n" + "null\n",
    ],
)
def test_probes_that_do_not_all_tell_prove_nothing(settings, monkeypatch, output):
    monkeypatch.setattr(
        isolation, "run", lambda _: Outcome(1, output, timed_out=False, seconds=0.1)
    )

    with pytest.raises(HostError, match=f"of {len(PROBES)} probes told"):
        isolation.findings(settings)
