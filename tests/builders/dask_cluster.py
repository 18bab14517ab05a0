"""A Dask scheduler with workers, a dispatcher and a portal: each killed and restarted.

Everything is a process of its own, as on a site, and whoever ends is started again, as
systemd would.
"""

import datetime as dt
import ipaddress
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from enclave.settings import Settings
from tests.builders.portal import PREFIX


ROOT = Path(__file__).parents[2]
LEASE = 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def certificates(folder: Path) -> Path:
    """Write a certificate that everybody of the cluster shows and trusts."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster")])
    today = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


class Site:
    """The processes of a site, by name; each is started again when it ends."""

    def __init__(self, settings: Settings, folder: Path, *, workers: int = 2) -> None:
        self._settings = settings
        self._folder = folder
        self._scheduler, self._portal = free_port(), free_port()
        tls = certificates(folder / "tls")
        address = f"tls://127.0.0.1:{self._scheduler}"
        shown = [
            *("--tls-ca-file", f"{tls / 'ca.pem'}"),
            *("--tls-cert", f"{tls / 'cert.pem'}"),
            *("--tls-key", f"{tls / 'key.pem'}"),
        ]
        python = [sys.executable, "-m"]
        self._commands = {
            "scheduler": [
                *(*python, "distributed.cli.dask_scheduler", *shown),
                *("--host", "127.0.0.1", "--port", f"{self._scheduler}"),
                *("--protocol", "tls", "--no-dashboard"),
            ],
            "dispatcher": [
                *(*python, "enclave", "worker", "--scheduler", address),
                *("--certificates", f"{tls}", "--lease", f"{LEASE}"),
            ],
            "portal": [*python, "tests.builders.rerun_portal", f"{self._portal}"],
            **{
                f"worker-{number}": [
                    *(*python, "distributed.cli.dask_worker", address, *shown),
                    *("--no-nanny", "--nthreads", "1", "--no-dashboard"),
                    *("--local-directory", f"{folder / 'dask'}"),
                ]
                for number in range(workers)
            },
        }
        self.names = [*self._commands]
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._keep_up)
        self._log = (folder / "site.log").open("wb")

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()
        for process in self._running.values():
            process.kill()
            process.wait()
        self._log.close()

    def kill(self, name: str) -> None:
        with suppress(KeyError):
            self._running[name].kill()

    def ask(self, method: str, path: str, who: str, **more: object) -> httpx.Response:
        """Send a request to the portal until it answers."""
        url = f"http://127.0.0.1:{self._portal}{PREFIX}{path}"
        headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}

        def once() -> httpx.Response | None:
            with suppress(httpx.HTTPError):
                return httpx.request(
                    method, url, headers=headers, cookies={"who": who}, **more
                )
            return None

        return wait_for(once)

    def log(self) -> str:
        return (self._folder / "site.log").read_text(errors="replace")

    def _keep_up(self) -> None:
        while not self._ended.wait(0.1):
            for name, command in self._commands.items():
                process = self._running.get(name)
                if process is None or process.poll() is not None:
                    self._running[name] = subprocess.Popen(
                        command,
                        cwd=ROOT,
                        env={**_inherited(), **self._settings.environment()},
                        stdout=self._log,
                        stderr=self._log,
                    )


T = TypeVar("T")


def wait_for(found: Callable[[], T | None], seconds: float = 120) -> T:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError("it did not come about in time")


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Look again and again while the block runs, and once after it."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        look()
