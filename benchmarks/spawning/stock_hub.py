"""A JupyterHub as its documentation sets it up, without a sandbox."""

import http.client
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enclave_hub.configuration import proxy_command
from tests.builders.hub import free_port


_CONFIGURATION = """
c = get_config()
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [dict(name="bench", api_token={token!r})]
c.JupyterHub.load_roles = [dict(name="bench", services=["bench"], scopes=[
    "admin:users", "admin:servers", "access:servers", "list:users"])]
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/home/{{username}}"
c.JupyterHub.cookie_secret_file = "{folder}/cookie-secret"
c.JupyterHub.db_url = "sqlite:///{folder}/jupyterhub.sqlite"
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.log_level = "WARN"
"""


class Hub:
    """The running hub, asked by a service that may start everybody's server."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {"Authorization": f"token {token}"}

    def open(self, person: int) -> None:
        """Start a server; return when its Lab page answers."""
        status, body = self.ask("POST", f"/hub/api/users/u{person}/server")
        assert status in {201, 202}, body
        while self.ask("GET", f"/user/u{person}/lab")[0] != 200:
            time.sleep(0.02)

    def close(self, person: int) -> None:
        """Stop a server; return when it is gone."""
        self.ask("DELETE", f"/hub/api/users/u{person}/server")
        while json.loads(self.ask("GET", f"/hub/api/users/u{person}")[1])["servers"]:
            time.sleep(0.05)

    def ask(self, method: str, path: str) -> tuple[int, bytes]:
        """Return status and body of an answer; 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request(method, path, headers=self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()


@contextmanager
def running(folder: Path, people: int) -> Iterator[Hub]:
    """Run it."""
    folder.mkdir()
    token, port = secrets.token_hex(16), free_port()
    configuration = folder / "jupyterhub_config.py"
    configuration.write_text(
        _CONFIGURATION.format(
            token=token,
            port=port,
            hub=free_port(),
            api=free_port(),
            proxy=proxy_command(),
            python=sys.executable,
            folder=folder,
        )
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(configuration)],
            cwd=folder,
            env=dict(os.environ),
            stdout=log,
            stderr=log,
        )
    hub = Hub(port, token)
    try:
        while hub.ask("GET", "/hub/api/")[0] != 200:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        for person in range(people):
            hub.ask("POST", f"/hub/api/users/u{person}")
        yield hub
    finally:
        process.terminate()
        process.wait(60)
