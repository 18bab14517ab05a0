"""A person who has signed in to a running enclave, and the workspace they opened.

Both are reached by HTTP as a browser would: the hub's pages, and the page in the frame.
"""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import websocket

from tests.builders.hub import KERNEL, PATIENCE, PROJECT, Enclave, wait_for
from tests.builders.hub_kernel import Kernel


# What a browser sends along for the frame in the shell, and for scripts of that page.
FRAME = {
    "Sec-Fetch-Dest": "iframe",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-site",
    "Accept": "text/html",
}
SCRIPT = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}


class Person:
    """Somebody with a browser, who has signed in."""

    def __init__(self, enclave: Enclave, name: str) -> None:
        self.name = name
        self.enclave = enclave
        self.http = httpx.Client(
            base_url=enclave.url, follow_redirects=True, timeout=PATIENCE
        )
        try:
            self.sign_in(enclave.password)
        except BaseException:
            self.http.close()
            raise

    def sign_in(self, password: str) -> httpx.Response:
        self.http.get("/hub/login")
        form = {"username": self.name, "password": password, "_xsrf": self._xsrf()}
        return self.http.post("/hub/login", data=form)

    def hub(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Call the hub's API as its own pages do."""
        self.http.get("/hub/home")  # as a page would have: the token may be a new one
        return self.http.request(
            method, f"/hub/api{path}", headers=self.headers, json=body or None
        )

    @property
    def headers(self) -> dict[str, str]:
        """What the hub's own pages send along."""
        return {"X-XSRFToken": self._xsrf(), "Referer": f"{self.enclave.url}/hub/"}

    def open(self, project: str = PROJECT) -> "Workspace":
        """Open a workspace and come in."""
        answer = self.hub("POST", f"/users/{self.name}/servers/{project}")
        assert answer.status_code in {201, 202, 400}, answer.text
        wait_for(lambda: self.server(project).get("ready"))
        return Workspace(self, project)

    def close(self, project: str = PROJECT) -> None:
        self.hub("DELETE", f"/users/{self.name}/servers/{project}")
        wait_for(lambda: not self.server(project))

    def server(self, project: str = PROJECT) -> dict[str, Any]:
        """Return what the hub says of a workspace; empty if it is closed."""
        server: dict[str, Any] = self.servers().get(project, {})
        return server

    def servers(self) -> dict[str, Any]:
        """Return what the hub says of the workspaces that are open, by project."""
        model = self.hub("GET", f"/users/{self.name}").json()
        servers: dict[str, Any] = model.get("servers", {})
        return servers

    def _xsrf(self) -> str:
        return str(self.http.cookies.get("_xsrf", path="/hub/"))


class Workspace:
    """JupyterLab of one person in one project, as the page in the browser sees it."""

    def __init__(self, person: Person, project: str) -> None:
        self.person = person
        self.path = f"/user/{person.name}/{project}"
        self.url = f"{person.enclave.workspaces_url}{self.path}"
        shell = person.http.get(f"{self.path}/lab").text
        frame = re.search(r'<iframe[^>]* src="([^"]+)"', shell)
        assert frame, shell
        self.frame = html.unescape(frame[1])
        self.page = person.http.get(self.frame, headers=FRAME)
        assert "jupyter-config-data" in self.page.text, self.page.text

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask as a script of the page in the frame does."""
        headers = {**SCRIPT, **more.pop("headers", {})}
        return self.person.http.request(
            method, f"{self.url}/{path}", headers=headers, **more
        )

    @property
    def cookies(self) -> str:
        """What the browser would send along with a WebSocket."""
        jar = self.person.http.cookies.jar
        kept = {c.name: c.value for c in jar if f"{self.path}/".startswith(c.path)}
        return "; ".join(f"{name}={value}" for name, value in kept.items())

    def channel(self, path: str, **headers: str) -> websocket.WebSocket:
        """Open a WebSocket as a script of the page in the frame does."""
        sent = {
            "Origin": self.person.enclave.workspaces_url,
            "Cookie": self.cookies,
            **headers,
        }
        return websocket.create_connection(
            f"{self.url}/{path}".replace("http", "ws", 1),
            header=[f"{name}: {value}" for name, value in sent.items()],
            suppress_origin=True,
            timeout=PATIENCE,
        )

    def run(self, code: str, kernel_name: str = KERNEL) -> str:
        """Run code in a kernel of its own; return what it printed."""
        with self.kernel(kernel_name) as kernel:
            return kernel.run(code)

    @contextmanager
    def kernel(self, name: str = KERNEL) -> Iterator[Kernel]:
        """Start a kernel and end it."""
        started = self.ask("POST", "api/kernels", json={"name": name, "path": "work"})
        assert started.status_code == 201, started.text
        path = f"api/kernels/{started.json()['id']}"
        channel = self.channel(f"{path}/channels")
        try:
            yield Kernel(channel)
        finally:
            channel.close()
            with suppress(httpx.TransportError):  # the enclave may be gone
                self.ask("DELETE", path)
