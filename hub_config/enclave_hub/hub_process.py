"""The process of JupyterHub, seen from the one that started it."""

import os
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from enclave.errors import HostError
from enclave.settings import Settings
from enclave_hub.places import Places
from enclave_hub.services import DASHBOARDS, ends_with_parent


_CONFIGURATION = Path(__file__).parents[1] / "jupyterhub_config.py"
_PATIENCE_TO_STOP = 45.0  # seconds

# What has to answer before a person is sent there, and with what.
_READY = {
    "/hub/health": 200,
    **{f"/services/{name}/": 302 for name in ("portal", *DASHBOARDS)},
}


class HubProcess:
    """JupyterHub and, below it, everything that it keeps running."""

    def __init__(self, settings: Settings, *, again: bool = False) -> None:
        places = Places(settings)
        self.log = places.log("hub")
        self._settings = settings
        places.prepare()
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        command = [
            *(sys.executable, "-m", "enclave_hub.hub"),
            *("--config", str(_CONFIGURATION)),
            *("--ip", "127.0.0.1", "--port", str(settings.port)),
        ]
        places.clear_workspaces()
        with self.log.open("ab" if again else "wb") as output:
            self._process = subprocess.Popen(
                ends_with_parent(command),
                env={**os.environ, **settings.environment()},
                cwd=places.hub,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us: we tell the hub
            )

    def wait_until_ready(self, seconds: float) -> None:
        """Return once hub and services answer.

        Raises
        ------
        HostError
            If they do not within this time, or the hub ends.
        """
        end = time.monotonic() + seconds
        while not self._is_ready():
            if self._process.poll() is not None:
                raise HostError(f"The hub ended while it started: see {self.log}")
            if time.monotonic() > end:
                raise HostError(
                    f"The hub did not answer within {seconds:.0f} seconds: see"
                    f" {self.log}"
                )
            time.sleep(0.3)

    def wait(self) -> int:
        """Wait for the hub's end and return its exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """End the hub, and with it everything that it started."""
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _is_ready(self) -> bool:
        hub, front = self._settings.port, self._settings.workspaces_port
        return _status(front, "/") == 404 and all(
            _status(hub, path) == code for path, code in _READY.items()
        )


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
