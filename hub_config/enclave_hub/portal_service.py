"""The portal as a service of the hub: ``python -m enclave_hub.portal_service``.

It answers on two doors. Browsers come through the proxy to a port on loopback, and sign
in by the hub. Kernels of workspaces and dashboards have no network: they come through a
Unix socket and show a visit token.
"""

import os
import resource
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from jupyterhub.services.auth import HubOAuth

from enclave.portal.app import create_app
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.hub_handshake import CACHED_SECONDS
from enclave_hub.hub_sign_in import HubSignIn
from enclave_hub.listening import loopback_listener, unix_listener
from enclave_hub.places import Places


def portal(settings: Settings, prefix: str) -> FastAPI:
    """Put the portal together with the hub's sign-in."""
    sign_in = HubSignIn(HubOAuth(cache_max_age=CACHED_SECONDS))
    app = create_app(
        settings,
        Database(settings.database_url),
        sign_in.authenticate,
        prefix,
        workspace_url="/hub/spawn/{account}/{project}",
    )
    app.add_route(f"{prefix.rstrip('/')}/oauth_callback", sign_in.callback)
    return app


def hold_many_files_open() -> None:
    """Let this process open as many files as the machine allows it to.

    An index is some files for each table and each of its parts, and several snapshots
    are open at once. The usual 1,024 is a limit for programs that select() by number.
    """
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))


def main() -> None:
    """Serve until the hub ends it."""
    hold_many_files_open()
    settings = Settings.from_environment(os.environ)
    doors = [
        loopback_listener(os.environ["JUPYTERHUB_SERVICE_URL"]),
        # Kernels of every account come here; their token says who they are.
        unix_listener(Places(settings).portal_socket, mode=0o666),
    ]
    server = uvicorn.Server(
        uvicorn.Config(
            portal(settings, os.environ["JUPYTERHUB_SERVICE_PREFIX"]),
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in order by then
        server.run(sockets=doors)


if __name__ == "__main__":
    main()
