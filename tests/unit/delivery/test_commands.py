"""What the commands say, and how they refuse."""

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver
from enclave.delivery.folders import folder_of
from enclave.jobs import queue
from enclave.signature import Signer, key_id
from tests.builders import installation


@pytest.fixture
def clinic(settings, database):
    installation.set_up_for_long(settings, database)
    return database


@pytest.fixture
def request_id(settings, clinic) -> int:
    return installation.agreed(settings, clinic)


@pytest.fixture
def grant(request_id, call) -> str:
    call("grant", "issue", str(request_id), "--as", "mads")
    return f"G{request_id}-1"


@pytest.fixture
def call(settings):
    """Run a command; return what it said, or its one message if it refused."""

    def call(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(enclave, arguments, obj=settings)
        assert result.exit_code == code, (result.output, result.exception)
        if code:
            assert result.stderr.startswith(("Error: ", "Usage: "))
            assert "Traceback" not in result.output
            return result.stderr
        return result.stdout

    return call


def test_a_grant_is_issued_listed_and_shown(call, request_id):
    issued = call("grant", "issue", str(request_id), "--as", "mads")

    assert issued.startswith(f"Grant G{request_id}-1 to project demo")
    assert f"enclave deliver G{request_id}-1 --as mads" in issued
    assert f"G{request_id}-1" in call("grant", "list")
    (listed,) = json.loads(call("grant", "list", "--json"))
    assert listed["variables"] == list(installation.VARIABLES)
    assert call("grant", "show", f"G{request_id}-1") in issued
    assert call("grant", "show", f"G{request_id}-1", "--language", "da").startswith(
        "Bevilling"
    )
    signed = json.loads(call("grant", "show", f"G{request_id}-1", "--json"))
    assert signed["signature"]["algorithm"] == "ed25519"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("grant", "show", "G9-1"), 4, "There is no grant 'G9-1'"),
        (("grant", "issue", "9", "--as", "mads"), 4, "There is no application 9"),
        (("grant", "issue", "2", "--as", "nobody"), 4, "There is no account 'nobody'"),
        (("grant", "issue", "2", "--as", "rikke"), 3, "takes the role data_manager"),
        (("deliver", "G9-1", "--as", "mads"), 4, "There is no grant 'G9-1'"),
        (("delivery", "list", "nothing"), 4, "There is no project 'nothing'"),
        (("delivery", "show", "demo"), 4, "has not been given any data"),
        (("delivery", "show", "demo", "--version", "3"), 4, "any version 3"),
        (("delivery", "verify", "/nowhere"), 2, "/nowhere is no delivery"),
        (("deliver", "G9-1"), 2, "Missing option '--as'"),
    ],
)
def test_refusals_are_one_message_and_a_code(call, request_id, arguments, code, words):
    assert request_id == 2
    assert words in call(*arguments, code=code)


def test_a_delivery_is_made_listed_shown_and_verified(call, grant, settings):
    made = call("deliver", grant, "--as", "mads")

    folder = folder_of(settings, "demo", 1)
    assert made.startswith("# Delivery 1 to demo")
    assert "Udlevering" not in made
    assert f"Version 1 is in {folder}" in made
    assert "0001" in call("delivery", "list", "demo")
    (listed,) = json.loads(call("delivery", "list", "demo", "--json"))
    assert (listed["version"], listed["persons"], listed["delivered_by"]) == (
        1,
        12,
        "mads",
    )
    assert "# Udlevering 1 til demo" in call("delivery", "show", "demo")
    receipt = json.loads(call("delivery", "show", "demo", "--version", "1", "--json"))
    assert receipt["persons"]["cohort"] == 12
    verified = call("delivery", "verify", str(folder))
    assert verified.startswith("Delivery 1 to demo is as it was made: 3 tables")
    key = Signer.load(settings).public_key
    assert key_id(key) in verified
    call("delivery", "verify", str(folder), "--trusted-key", key)


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="make test-spark does it")
def test_a_cluster_without_spark_here_is_refused_with_what_to_do(call, grant):
    cluster = ("deliver", grant, "--as", "mads", "--spark", "spark://h:7077")

    assert "run `uv sync --group spark`" in call(*cluster, code=6)
    assert "leave one out" in call(*cluster, "--queue", code=2)


def test_only_a_data_manager_delivers(call, grant):
    assert "rikke is no data manager" in call("deliver", grant, "--as", "rikke", code=3)


def test_an_unknown_snapshot_is_refused(call, grant):
    words = call("deliver", grant, "--snapshot", "9", "--as", "mads", code=4)

    assert "There is no snapshot 9" in words


def test_a_tampered_delivery_is_told(call, grant, settings):
    call("deliver", grant, "--as", "mads")
    folder = folder_of(settings, "demo", 1)
    with (folder / "lab.parquet").open("ab") as file:
        file.write(b"x")

    for arguments in (
        ("delivery", "verify", str(folder)),
        ("delivery", "show", "demo"),
        ("deliver", grant, "--as", "mads"),
    ):
        assert "lab.parquet in" in call(*arguments, code=5)


def test_a_delivery_is_left_to_a_worker(call, grant, settings):
    queued = call("deliver", grant, "--as", "mads", "--queue")

    assert queued == "Job 1 is waiting for a worker: enclave worker\n"
    assert not (settings.deliveries / "demo").exists()
    assert call("worker", "--once") == "Job 1 (delivery) is done\n"
    assert folder_of(settings, "demo", 1).is_dir()
    assert call("worker", "--once") == ""
    assert call("deliver", grant, "--as", "mads", "--queue") == queued
    assert call("worker", "--once") == ""


def test_a_job_that_failed_is_told(settings, clinic, grant):
    with clinic.begin() as session:
        payload = {"grant": grant, "snapshot": 9, "actor": "mads"}
        queue.enqueue(session, "delivery", payload)

    result = CliRunner().invoke(enclave, ["worker", "--once"], obj=settings)

    assert result.exit_code == 1
    assert result.output.startswith(
        "Job 1 (delivery) is failed: There is no snapshot 9"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_stops_when_told(settings, clinic, grant, number):
    with clinic.begin() as session:
        payload = {"grant": grant, "snapshot": 1, "actor": "mads"}
        queue.enqueue(session, "delivery", payload)
    process = subprocess.Popen(
        [sys.executable, "-m", "enclave", "worker"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings.environment(), "PYTHONUNBUFFERED": "1"},
    )

    assert process.stdout.readline().startswith("Worker ")
    assert process.stdout.readline() == "Job 1 (delivery) is done\n"
    process.send_signal(number)

    assert process.wait(timeout=30) == 0
    assert "Traceback" not in process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    made = deliver(settings, clinic, grant)
    assert made.version == 1
