"""The pages of workspaces, on their own origin: what passes, and with which headers.

Enforced here and not by the server inside, because here is outside the sandbox.
"""

import asyncio

from aiohttp import ClientError, ClientResponse, WSMsgType, web
from aiohttp.client_ws import ClientWebSocketResponse
from yarl import URL

from enclave.errors import PolicyRefusal
from enclave_hub.front import headers
from enclave_hub.front.requests import RAW, Passing, passing
from enclave_hub.front.site import Closed, Front, Visit, refuse_in_words, refused, visit


_ASKED = (
    *("Accept", "Accept-Language", "Content-Type", "Cache-Control"),
    *("If-None-Match", "If-Modified-Since"),
)
_PARTS = frozenset(
    {"empty", "script", "style", "image", "font", "audio", "video", "track", "worker"}
)
_STILL_VALID_SECONDS = 60.0


def application(front: Front) -> web.Application:
    """Return what answers on the origin of workspaces."""
    app = web.Application(middlewares=[refuse_in_words])
    frames = Frames(front)
    app.router.add_route("*", "/{path:.*}", frames.answer)
    return app


class Frames:
    """Pass what may pass, and count what is shown."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            here = visit(self._front, request)
        except Closed as closed:
            return refused(request, 404, closed.text or "")
        try:
            return await self._answer(here)
        except PolicyRefusal as refusal:
            answer = refused(request, 403, str(refusal))
        except ClientError:
            answer = refused(request, 502, "The workspace does not answer.")
        answer.headers.update(headers.of_workspace(here.where, here.workspace.prefix))
        return answer

    async def _answer(self, here: Visit) -> web.StreamResponse:
        request = here.request
        if _own_page(request):
            return _to_the_shell(here)
        if here.below == "enter" and _from_the_shell(request):
            return self._enter(here)
        asked = passing(request.method, here.below, request.query_string)
        _require_own_script(here, asked)
        token = await self._front.entrance.visitor(
            here.workspace, request.cookies, here.where
        )
        passage = _Passage(self._front, here, asked, token)
        return await (passage.socket() if asked.socket else passage.answer())

    def _enter(self, here: Visit) -> web.StreamResponse:
        query = here.request.query
        cookie = self._front.entrance.take_ticket(
            here.workspace, query.get("ticket", ""), here.where
        )
        page = query.get("page", "lab")
        answer = web.Response(status=302)
        passing("GET", page.split("?", 1)[0], "")
        answer.headers["Location"] = f"{here.workspace.prefix}{page}"
        answer.headers["Set-Cookie"] = cookie.header()
        answer.headers.update(headers.of_workspace(here.where, here.workspace.prefix))
        return answer


def _own_page(request: web.Request) -> bool:
    """Return whether a browser would show this as a page of its own."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def _from_the_shell(request: web.Request) -> bool:
    sent = request.headers
    return (
        sent.get("Sec-Fetch-Dest") == "iframe"
        and sent.get("Sec-Fetch-Mode") == "navigate"
    )


def _to_the_shell(here: Visit) -> web.Response:
    answer = web.Response(status=302)
    answer.headers["Location"] = f"{here.where.shell}{here.request.raw_path}"
    return answer


def _require_own_script(here: Visit, asked: Passing) -> None:
    """Refuse what neither the shell's frame nor a page in it asked for.

    Raises
    ------
    PolicyRefusal
        For other sites, and for browsers that do not say where a request comes from.
    """
    sent = here.request.headers
    if asked.socket:
        if sent.get("Origin") == here.where.workspace:
            return
    elif asked.page:
        if _from_the_shell(here.request) and sent.get("Sec-Fetch-Site") in {
            "same-origin",
            "same-site",
        }:
            return
    elif (
        sent.get("Sec-Fetch-Dest") in _PARTS
        and sent.get("Sec-Fetch-Site") == "same-origin"
    ):
        return
    raise PolicyRefusal(
        "This does not come from a page of the workspace. If it does, the browser is"
        " too old to tell: use a newer one."
    )


class _Passage:
    """One request on its way to the server inside, and the answer on its way out."""

    def __init__(self, front: Front, here: Visit, asked: Passing, token: str) -> None:
        self._front, self._here, self._asked = front, here, asked
        self._token = token
        self._server = front.server(here.workspace)
        self._url = f"http://workspace{here.workspace.prefix}{asked.path}"

    async def answer(self) -> web.StreamResponse:
        """Pass a request, and its answer with our headers."""
        request = self._here.request
        async with self._server.request(
            request.method,
            URL(self._url, encoded=True),
            headers=self._headers(),
            data=request.content if request.can_read_body else None,
            allow_redirects=False,
        ) as inside:
            if inside.status == 302:
                return self._moved(inside)
            if inside.status == 400 and self._asked.folder:
                raise PolicyRefusal(RAW)
            answer = web.StreamResponse(status=inside.status)
            self._tell(answer, inside)
            await answer.prepare(request)
            async for piece in inside.content.iter_any():
                self._count(len(piece))
                await answer.write(piece)
            await answer.write_eof()
            return answer

    async def socket(self) -> web.StreamResponse:
        """Pass the frames of a WebSocket both ways, while the visitor may be there."""
        request = self._here.request
        wanted = request.headers.get("Sec-WebSocket-Protocol", "")
        protocols = [name.strip() for name in wanted.split(",") if name.strip()]
        async with self._server.ws_connect(
            URL(self._url, encoded=True),
            headers={**self._headers(), "Origin": self._here.where.workspace},
            protocols=protocols,
            max_msg_size=0,
        ) as inside:
            chosen = [inside.protocol] if inside.protocol else []
            outside = web.WebSocketResponse(
                protocols=chosen, max_msg_size=0, compress=False, heartbeat=30
            )
            await outside.prepare(request)
            ways = [
                asyncio.create_task(self._inwards(outside, inside)),
                asyncio.create_task(self._outwards(inside, outside)),
                asyncio.create_task(self._until_signed_out()),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await outside.close()
        return outside

    def _headers(self) -> dict[str, str]:
        sent = self._here.request.headers
        kept = {name: sent[name] for name in _ASKED if name in sent}
        return {
            **kept,
            "Host": self._here.request.host,
            "Authorization": f"token {self._token}",
        }

    def _tell(self, answer: web.StreamResponse, inside: ClientResponse) -> None:
        for name in headers.KEPT & {name.lower() for name in inside.headers}:
            answer.headers[name] = inside.headers[name]
        here = self._here
        answer.headers.update(headers.of_workspace(here.where, here.workspace.prefix))

    def _moved(self, inside: ClientResponse) -> web.Response:
        """Follow the server to its own pages, and nowhere else."""
        prefix = self._here.workspace.prefix
        target = inside.headers.get("Location", "")
        if not target.startswith(prefix):
            raise PolicyRefusal(
                "You are signed out of this workspace. Load the page anew to sign in."
            )
        answer = web.Response(status=302)
        self._tell(answer, inside)
        answer.headers.pop("Content-Length", None)
        answer.headers["Location"] = target
        return answer

    def _count(self, size: int) -> None:
        workspace = self._here.workspace
        if not self._asked.program:
            self._front.meter.count(workspace.person, workspace.project, size)

    async def _inwards(
        self, outside: web.WebSocketResponse, inside: ClientWebSocketResponse
    ) -> None:
        async for message in outside:
            if message.type is WSMsgType.TEXT:
                await inside.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await inside.send_bytes(message.data)

    async def _outwards(
        self, inside: ClientWebSocketResponse, outside: web.WebSocketResponse
    ) -> None:
        async for message in inside:
            if message.type is WSMsgType.TEXT:
                self._count(len(message.data.encode()))
                await outside.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                self._count(len(message.data))
                await outside.send_bytes(message.data)

    async def _until_signed_out(self) -> None:
        here, entrance = self._here, self._front.entrance
        cookies = here.request.cookies
        while True:
            await asyncio.sleep(_STILL_VALID_SECONDS)
            if not await entrance.is_valid(here.workspace, self._token, cookies):
                return
