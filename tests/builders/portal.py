"""The portal as browsers, programs and kernels reach it, without a hub."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI, Request

from enclave.clock import Clock
from enclave.portal import visit
from enclave.portal.app import create_app
from enclave.portal.visitor import Visitor
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.projects import at


PREFIX = "/services/portal"
HOST = "enclave.test"


def by_cookie(request: Request) -> Visitor | None:
    """Stand in for the hub: the cookie ``who`` names the person who signed in."""
    account = request.cookies.get("who")
    return Visitor(account) if account else None


def portal(settings: Settings, database: Database, **more: Any) -> FastAPI:
    fields: dict[str, Any] = {
        "clock": at(),
        "workspace_url": "/hub/spawn/{account}/{project}",
        **more,
    }
    return create_app(settings, database, by_cookie, f"{PREFIX}/", **fields)


class Visits:
    """Sends requests to one app as one visitor; every answer is kept for a look."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner, **client: Any) -> None:
        self._runner = runner
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url=f"http://{HOST}",
            **client,
        )

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, PREFIX + path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.send("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.send("POST", path, **more)

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@contextmanager
def visits(app: FastAPI) -> Iterator["Door"]:
    with asyncio.Runner() as runner:
        door = Door(app, runner)
        yield door
        door.close()


class Door:
    """Makes visitors of an app."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self.app = app
        self._runner = runner
        self._open: list[Visits] = []

    def browser(self, account: str | None, **headers: str) -> Visits:
        """A person's browser, on one of our own pages."""
        cookies = {"who": account} if account else {}
        own = {"accept": "text/html", "sec-fetch-site": "same-origin", **headers}
        return self._keep(Visits(self.app, self._runner, cookies=cookies, headers=own))

    def program(self, account: str | None) -> Visits:
        """A page's own script: JSON, same origin."""
        return self.browser(account, accept="application/json")

    def bearer(self, token: str, **cookies: str) -> Visits:
        """A kernel that shows a token."""
        headers = {"authorization": f"Bearer {token}"}
        return self._keep(
            Visits(self.app, self._runner, headers=headers, cookies=cookies)
        )

    def plain(self, account: str, **headers: str) -> Visits:
        """A request with a person's cookie and just these headers."""
        cookies = {"who": account}
        return self._keep(
            Visits(self.app, self._runner, cookies=cookies, headers=headers)
        )

    def close(self) -> None:
        for one in self._open:
            one.close()

    def _keep(self, made: Visits) -> Visits:
        self._open.append(made)
        return made


def token(
    settings: Settings,
    account: str = "rikke",
    lifetime: timedelta = timedelta(hours=1),
    clock: Clock | None = None,
) -> str:
    return visit.issue(settings, account, lifetime=lifetime, clock=clock or at())
