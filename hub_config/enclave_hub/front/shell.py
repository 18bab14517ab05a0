"""The shell of a workspace, on the hub's origin: a frame, and what one must not miss.

It carries the project, its next deadline, the way to portal, airlock and hub, and says
when the workspace was closed and why.
"""

import asyncio
from datetime import date
from typing import Any
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from jupyterhub import __version__

from enclave.clock import now
from enclave.delivery.workspace_right import may_work
from enclave.errors import EnclaveError
from enclave.projects import deadlines, lifecycle, people
from enclave.projects.admission import Decision
from enclave_hub.danish import in_danish
from enclave_hub.front import headers
from enclave_hub.front.requests import passing
from enclave_hub.front.site import (
    STATIC,
    Closed,
    Front,
    Visit,
    language,
    refuse_in_words,
    refused,
    visit,
)


_TEMPLATES = Environment(
    loader=PackageLoader("enclave_hub.front", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FILES = {"shell/shell.css": "text/css", "shell/shell.js": "text/javascript"}


def application(front: Front) -> web.Application:
    """Return what answers where the hub sends people to their workspaces."""
    app = web.Application(middlewares=[refuse_in_words])
    app.router.add_route("*", "/{path:.*}", Shell(front).answer)
    return app


class Shell:
    """The pages of the shell; nothing of a workspace is answered here."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            here = visit(self._front, request)
        except Closed as closed:
            return refused(request, 404, closed.text or "")
        try:
            answer = await self._answer(here)
        except EnclaveError as refusal:
            answer = refused(request, 403, str(refusal))
        answer.headers.update(headers.of_shell(here.where, here.workspace.prefix))
        return answer

    async def _answer(self, here: Visit) -> web.Response:
        if here.request.method not in {"GET", "HEAD"}:
            return refused(here.request, 405, "Pages are only read here.")
        match here.below:
            case "api":  # the hub asks whether somebody answers, and which version
                return web.Response(headers={"X-JupyterHub-Version": __version__})
            case "oauth_callback":
                return await self._come_back(here)
            case "shell/state":
                return await self._state(here)
            case file if file in _FILES:
                content = STATIC.joinpath(file.removeprefix("shell/")).read_bytes()
                return web.Response(body=content, content_type=_FILES[file])
        return await self._page(here)

    async def _come_back(self, here: Visit) -> web.Response:
        handshake = self._front.entrance.handshake(here.workspace)
        page, cookies = await handshake.finish(
            here.request.query, here.request.cookies, secure=here.where.secure
        )
        answer = web.Response(status=302, headers={"Location": page})
        for cookie in cookies:
            answer.headers.add("Set-Cookie", cookie.header())
        return answer

    async def _page(self, here: Visit) -> web.Response:
        page = here.request.raw_path.removeprefix(here.workspace.prefix) or "lab"
        # Only what the frame may show; this says no before anybody signs in.
        passing("GET", here.below or "lab", "")
        token = await self._token(here)
        if not token:
            return self._to_the_hub(here)
        ticket = self._front.entrance.give_ticket(here.workspace, token)
        known = await asyncio.to_thread(self._known, here)
        content = _TEMPLATES.get_template("shell.html").render(
            **known,
            own=f"{here.workspace.prefix}shell/",
            frame=f"{here.where.workspace}{here.workspace.prefix}enter"
            f"?ticket={ticket}&page={quote(page, safe='')}",
            sandbox=headers.SANDBOX,
            hub=f"{here.workspace.hub_host}/hub/",
            portal=f"{here.workspace.hub_host}/services/portal/",
            demo=self._front.settings.demo,
            language=language(here.request),
        )
        return web.Response(text=content, content_type="text/html")

    def _to_the_hub(self, here: Visit) -> web.Response:
        handshake = self._front.entrance.handshake(here.workspace)
        url, cookie = handshake.begin(here.request.raw_path, secure=here.where.secure)
        answer = web.Response(status=302, headers={"Location": url})
        answer.headers["Set-Cookie"] = cookie.header()
        return answer

    async def _state(self, here: Visit) -> web.Response:
        """Say whether the visitor may go on; asked by the shell now and then."""
        if not await self._token(here):
            return refused(here.request, 401, "You are signed out.")
        decision = await asyncio.to_thread(self._decision, here)
        return web.json_response(
            {
                "allowed": decision.allowed,
                "reason": decision.reason,
                "danish": in_danish(decision.reason),
            }
        )

    async def _token(self, here: Visit) -> str:
        """Return the visitor's hub token; empty for a stranger."""
        workspace, cookies = here.workspace, here.request.cookies
        handshake = self._front.entrance.handshake(workspace)
        token = handshake.read(cookies, handshake.hub.cookie_name)
        valid = await self._front.entrance.is_valid(workspace, token, cookies)
        return token if valid else ""

    def _decision(self, here: Visit) -> Decision:
        workspace = here.workspace
        with self._front.database.begin() as session:
            return may_work(
                session, self._front.settings, workspace.person, workspace.project
            )

    def _known(self, here: Visit) -> dict[str, Any]:
        today = now().date()
        with self._front.database.begin() as session:
            project = lifecycle.get(session, here.workspace.project)
            account = people.get(session, here.workspace.person)
            coming = deadlines.of(session, project, account)
        return {
            "project": project,
            "account": account,
            "deadlines": [(one, _days_to(one.on, today)) for one in coming],
        }


def _days_to(day: date, today: date) -> int:
    return (day - today).days
