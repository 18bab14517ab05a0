"""What both sides of the front share: the state, and how a refusal is told."""

import html
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from aiohttp import ClientSession, UnixConnector, web

from enclave.errors import EnclaveError
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.danish import in_danish
from enclave_hub.front.entering import Entrance
from enclave_hub.front.meter import Meter
from enclave_hub.front.openings import Openings, OpenWorkspace
from enclave_hub.front.origins import Origins, origins


@dataclass(frozen=True)
class Front:
    """What the front knows and keeps."""

    settings: Settings
    database: Database
    openings: Openings
    entrance: Entrance
    meter: Meter
    _servers: dict[str, ClientSession] = field(default_factory=dict)

    def server(self, workspace: OpenWorkspace) -> ClientSession:
        """Return the connections to the server of a workspace."""
        session = self._servers.get(workspace.server)
        if session is None:
            session = ClientSession(
                connector=UnixConnector(path=workspace.server),
                auto_decompress=False,
                skip_auto_headers=("Accept-Encoding", "User-Agent", "Accept"),
            )
            self._servers[workspace.server] = session
        return session

    async def close(self) -> None:
        """Close all connections, and write down what was shown."""
        for session in self._servers.values():
            await session.close()
        await self.meter.write_down()


@dataclass(frozen=True)
class Visit:
    """A request, and which workspace it is for."""

    request: web.Request
    workspace: OpenWorkspace
    where: Origins

    @property
    def below(self) -> str:
        """The path below the workspace's prefix, as the browser sent it."""
        path = self.request.raw_path.split("?", 1)[0]
        return path.split("/", 4)[4]


class Closed(web.HTTPNotFound):
    """The workspace that was asked for is not open."""


def visit(front: Front, request: web.Request) -> Visit:
    """Find the workspace that a request is for.

    Raises
    ------
    Closed
        If none is open there.
    PolicyRefusal
        If it came to a host where that workspace is not.
    """
    path = request.raw_path.split("?", 1)[0]
    match path.split("/", 4):
        case ["", "user", person, project, _]:
            workspace = front.openings.find(unquote(person), unquote(project))
        case _:
            workspace = None
    if workspace is None or not path.startswith(workspace.prefix):
        raise Closed(text="No workspace is open here.")
    return Visit(request, workspace, origins(front.settings, workspace, request.host))


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def refuse_in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the reason, as a page or as JupyterLab expects it."""
    try:
        return await handler(request)
    except EnclaveError as refusal:
        return refused(request, 403, str(refusal))


def refused(request: web.Request, status: int, text: str) -> web.Response:
    """Return a refusal: as JSON for a script, as a small page for a person."""
    spoken = language(request)
    said = in_danish(text) if spoken == "da" else text
    if "text/html" not in request.headers.get("Accept", ""):
        return web.json_response({"message": said, "reason": said}, status=status)
    page = (
        f'<!doctype html><html lang="{spoken if said != text else "en"}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{status}</title><p>{html.escape(said)}</p>"
    )
    return web.Response(text=page, status=status, content_type="text/html")


def language(request: web.Request) -> str:
    """Return the language to begin with; the shell's script knows what was chosen."""
    accepted = request.headers.get("Accept-Language", "")
    return "da" if accepted[:2].lower() == "da" else "en"


STATIC = Path(__file__).with_name("static")
