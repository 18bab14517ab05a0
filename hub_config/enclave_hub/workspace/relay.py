"""What passes from a workspace to the hub: sign-in, and that it is in use."""

import json
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from enclave_hub.relay import SIGN_IN, HubRelay


class WorkspaceRelay(HubRelay):
    """The relay of one workspace.

    Parameters
    ----------
    hub_socket
        Where the hub listens.
    person, slug
        Whose workspace it is, in which project.
    """

    def __init__(self, hub_socket: Path, person: str, slug: str) -> None:
        self._activity = f"/hub/api/users/{quote(person)}/activity"
        self._slug = slug
        calls = SIGN_IN | {("POST", self._activity)}
        super().__init__(hub_socket, f"The workspace {person}/{slug}", calls)

    def checked(self, path: str, body: bytes) -> bytes:
        """Rebuild a report of activity, so that it is about this workspace."""
        if path != self._activity:
            return body
        try:
            servers = json.loads(body)["servers"]
            at = servers[self._slug]["last_activity"]
        except (ValueError, TypeError, LookupError) as error:
            raise web.HTTPBadRequest(
                text="Expected the last activity of this workspace."
            ) from error
        if not isinstance(at, str) or set(servers) != {self._slug}:
            raise web.HTTPForbidden(text="A workspace reports its own activity only.")
        return json.dumps({"servers": {self._slug: {"last_activity": at}}}).encode()
