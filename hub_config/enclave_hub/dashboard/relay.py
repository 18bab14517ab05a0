"""What passes from the dashboards' sandbox: sign-in, and visits of those who came."""

import json
from pathlib import Path

from aiohttp import web

from enclave.portal import visit
from enclave.settings import Settings
from enclave_hub.relay import HubRelay


VISIT = "/visit"


class DashboardRelay(HubRelay):
    """The relay of the dashboards.

    The server in the sandbox may not choose whom its kernels ask for: it shows the hub
    token of the person who opened the page, and gets a visit token of that person.
    """

    def __init__(self, settings: Settings, hub_socket: Path, service: str) -> None:
        super().__init__(hub_socket, f"The dashboard {service}")
        self._settings = settings
        self._needed = {"access:services", f"access:services!service={service}"}

    async def answer(self, request: web.Request) -> web.Response:
        """Give out a visit token, or pass a call on."""
        if (request.method, request.raw_path) != ("POST", VISIT):
            return await super().answer(request)
        known = await self.ask_hub(request, "GET", "/hub/api/user")
        if known.status != 200 or not isinstance(known.body, bytes):
            raise web.HTTPForbidden(text="The hub does not know this visitor.")
        person = json.loads(known.body)
        if person["kind"] != "user" or not self._needed & set(person["scopes"]):
            raise web.HTTPForbidden(text="This visitor may not open the dashboard.")
        return web.json_response({"token": visit.issue(self._settings, person["name"])})
