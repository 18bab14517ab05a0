"""A real OpenID provider beside the tests, and an enclave that trusts it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from enclave.durable import write_file
from tests.conftest import ROOT


SECRET = "a-secret-of-the-tests"  # noqa: S105 - the tests'


@contextmanager
def provider(port: int, callback: str) -> Iterator[str]:
    """Run the provider; its address."""
    node = shutil.which("node")
    assert node, "bin/setup test"
    script = Path(__file__).with_name("openid_provider.mjs")
    process = subprocess.Popen(
        [node, str(script), str(port), callback],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        assert b"listening" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def trust(hub: Path, issuer: str, /, **more: object) -> Path:
    """Write the file that has the hub ask this provider."""
    secret = hub / "openid-secret"
    write_file(secret, SECRET.encode(), mode=0o600)
    told = {
        "version": 1,
        "name": "Hospital",
        "issuer": issuer,
        "client_id": "enclave",
        "client_secret_file": str(secret),
        "acr": ["second-factor"],
        "amr": ["pwd", "otp"],
        "roles": {"enclave-core": "core"},
        **more,
    }
    file = hub / "sign-in.yaml"
    write_file(file, yaml.safe_dump(told).encode())
    return file
