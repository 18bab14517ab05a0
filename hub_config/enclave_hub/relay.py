"""The only way from a sandbox to the hub: the few calls that its server needs.

A server in a sandbox needs the hub to sign its visitors in. It holds a token of the
hub, so whoever took the server over would hold that token too. The relay makes it
nearly worthless: it listens on one Unix socket per sandbox, outside of it, and passes
nothing but the calls it was made for. It never passes a query, a cookie, or a header
that is not named here.
"""

import logging
from pathlib import Path
from socket import socket

from aiohttp import ClientError, ClientSession, UnixConnector, web


_LOG = logging.getLogger("jupyterhub.enclave.relay")
_LARGEST_BODY = 64 * 1024
_ASKED = ("Authorization", "Content-Type", "Accept")
_ANSWERED = ("Content-Type", "X-JupyterHub-Version")

SIGN_IN = frozenset(
    {
        ("GET", "/hub/api"),
        ("GET", "/hub/api/"),
        ("GET", "/hub/api/user"),
        ("POST", "/hub/api/oauth2/token"),
    }
)
"""Method and path of what every server that signs visitors in has to call."""


class HubRelay:
    """Pass the calls of one sandbox on to the hub.

    Parameters
    ----------
    hub_socket
        Where the hub listens.
    name
        Whose calls these are, for the log.
    calls
        Method and path of those that pass.
    """

    def __init__(
        self, hub_socket: Path, name: str, calls: frozenset[tuple[str, str]] = SIGN_IN
    ) -> None:
        self._hub_socket = hub_socket
        self._name = name
        self._calls = calls
        self._runner: web.AppRunner | None = None
        self._hub: ClientSession | None = None

    async def start(self, listener: socket) -> None:
        """Answer on a listening socket."""
        self._hub = ClientSession(connector=UnixConnector(path=str(self._hub_socket)))
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self.answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._hub is not None:
            await self._hub.close()

    async def answer(self, request: web.Request) -> web.Response:
        """Pass a call on, if it is one of those that pass."""
        if (request.method, request.raw_path) not in self._calls:
            _LOG.warning("%s was refused %s", self._name, request.path)
            raise web.HTTPForbidden(text="This call does not pass from a sandbox.")
        body = self.checked(request.raw_path, await request.read())
        return await self.ask_hub(request, request.method, request.raw_path, body)

    def checked(self, path: str, body: bytes) -> bytes:
        """Return what is sent on in place of a body."""
        del path
        return body

    async def ask_hub(
        self, request: web.Request, method: str, path: str, body: bytes = b""
    ) -> web.Response:
        """Ask the hub, with the token that the request showed."""
        if self._hub is None:
            raise web.HTTPServiceUnavailable(text="The relay has not started.")
        headers = {k: request.headers[k] for k in _ASKED if k in request.headers}
        try:
            async with self._hub.request(
                method,
                f"http://hub{path}",
                data=body or None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    headers={
                        k: answer.headers[k] for k in _ANSWERED if k in answer.headers
                    },
                )
        except ClientError as error:
            raise web.HTTPBadGateway(text="The hub does not answer.") from error
