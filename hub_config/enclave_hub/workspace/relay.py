"""What passes out of a workspace: sign-in, that it is in use, and what it starts."""

import json
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from enclave_hub.relay import SIGN_IN, HubRelay
from enclave_hub.workspace.kernel_starts import KernelStarts


# As enclave_kernels.start_record asks for it.
KERNEL_STARTS = "/enclave/kernel-starts"


class WorkspaceRelay(HubRelay):
    """The relay of one workspace.

    Parameters
    ----------
    hub_socket
        Where the hub listens.
    person, slug
        Whose workspace it is, in which project.
    kernel_starts
        Records which kernels are started.
    """

    def __init__(
        self,
        hub_socket: Path,
        person: str,
        slug: str,
        kernel_starts: KernelStarts | None = None,
    ) -> None:
        self._kernel_starts = kernel_starts
        self._activity = f"/hub/api/users/{quote(person)}/activity"
        self._slug = slug
        calls = SIGN_IN | {("POST", self._activity)}
        super().__init__(hub_socket, f"The workspace {person}/{slug}", calls)

    async def answer(self, request: web.Request) -> web.Response:
        """Record the start of a kernel; pass other calls on, if they may pass."""
        call = (request.method, request.raw_path)
        if self._kernel_starts is not None and call == ("POST", KERNEL_STARTS):
            return await self._kernel_starts.answer(request)
        return await super().answer(request)

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
