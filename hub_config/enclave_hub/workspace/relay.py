"""What passes out of a workspace: sign-in, that it is in use, and what it starts."""

import json
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from enclave_hub.relay import SIGN_IN, HubRelay
from enclave_hub.workspace.kernel_readings import KernelReadings
from enclave_hub.workspace.kernel_starts import KernelStarts


# As enclave_kernels.start_record and enclave_kernels.readings ask for them.
KERNEL_STARTS = "/enclave/kernel-starts"
KERNEL_READINGS = "/enclave/kernel-readings"

Recorders = dict[str, KernelStarts | KernelReadings]


class WorkspaceRelay(HubRelay):
    """The relay of one workspace.

    Parameters
    ----------
    hub_socket
        Where the hub listens.
    person, slug
        Whose workspace it is, in which project.
    recorders
        Who records what the server says of its kernels, by path.
    """

    def __init__(
        self,
        hub_socket: Path,
        person: str,
        slug: str,
        recorders: Recorders | None = None,
    ) -> None:
        self._recorders = recorders or {}
        self._activity = f"/hub/api/users/{quote(person)}/activity"
        self._slug = slug
        calls = SIGN_IN | {("POST", self._activity)}
        super().__init__(hub_socket, f"The workspace {person}/{slug}", calls)

    async def answer(self, request: web.Request) -> web.Response:
        """Record what is said of kernels; pass other calls on, if they may pass."""
        recorder = self._recorders.get(request.raw_path)
        if recorder is not None and request.method == "POST":
            return await recorder.answer(request)
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
