"""Configurable-http-proxy with workspaces and services behind Unix sockets."""

import re
from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy


_PORT_OF_A_SOCKET = re.compile(r"^(http\+unix://[^/:]+):\d+")


class UnixSocketProxy(ConfigurableHTTPProxy):  # type: ignore[misc]  # JupyterHub ships no types
    """Hand socket addresses to the proxy without a port.

    JupyterHub 6.1 stores port 80 for an ``http+unix`` server and names it in the route;
    configurable-http-proxy 5.3 takes host *and* port for the path of the socket, and
    finds no such file. What the hub asked for is kept beside the route, because the hub
    compares the two to find stale routes.
    """

    async def add_route(
        self, routespec: str, target: str, data: dict[str, Any] | None
    ) -> None:
        """Add a route whose target names the socket alone."""
        told = {**(data or {}), "hub_target": target}
        await super().add_route(routespec, without_port(target), told)

    async def get_all_routes(self) -> dict[str, Any]:
        """Return the routes with the targets that the hub gave."""
        routes: dict[str, Any] = await super().get_all_routes()
        for route in routes.values():
            route["target"] = route["data"].pop("hub_target", route["target"])
        return routes


def without_port(target: str) -> str:
    """Remove the port from an ``http+unix`` address; leave others as they are."""
    return _PORT_OF_A_SOCKET.sub(r"\1", target)
