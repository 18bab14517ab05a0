"""The configuration of JupyterHub, as one function of the settings."""

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from enclave.errors import HostError
from enclave.settings import Settings
from enclave_hub.front.openings import Openings
from enclave_hub.front.origins import require_two_origins
from enclave_hub.home_page import template_variables
from enclave_hub.places import Places, socket_url
from enclave_hub.proxy import UnixSocketProxy
from enclave_hub.roles import EVERYBODY
from enclave_hub.services import ends_with_parent, managed_services
from enclave_hub.sign_in.demo import DemoAuthenticator
from enclave_hub.sign_in.openid import OpenIDAuthenticator
from enclave_hub.spawner import WorkspaceSpawner


PACKAGE = Path(__file__).parent
_WORKING_DAY = timedelta(hours=12)


def configure(c: Any, settings: Settings) -> None:
    """Fill in JupyterHub's configuration.

    Parameters
    ----------
    c
        What ``get_config()`` returns in a configuration file of JupyterHub.
    settings
        The installation that the hub belongs to.

    Raises
    ------
    HostError
        If the proxy is not installed, or the sockets cannot be placed.
    """
    places = Places(settings)
    places.prepare()
    require_two_origins(settings)
    Openings(places.openings).clear()
    _hub(c, places)
    _proxy(c, places)
    _people(c, settings)
    _workspaces(c, settings)
    c.JupyterHub.services = managed_services(places)
    c.JupyterHub.template_paths = [str(PACKAGE / "templates")]
    c.JupyterHub.template_vars = template_variables(settings)


def _hub(c: Any, places: Places) -> None:
    c.JupyterHub.hub_bind_url = socket_url(places.hub_socket)
    c.JupyterHub.hub_connect_url = socket_url(places.hub_socket)
    c.JupyterHub.db_url = f"sqlite:///{places.hub / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(places.hub / "cookie-secret")
    c.JupyterHub.default_url = "/hub/home"
    # A workspace ends with the hub (see WorkspaceSpawner), so none is left to resume.
    c.JupyterHub.cleanup_servers = True


def _proxy(c: Any, places: Places) -> None:
    c.JupyterHub.proxy_class = UnixSocketProxy
    c.UnixSocketProxy.api_url = socket_url(places.proxy_socket)
    c.UnixSocketProxy.command = ends_with_parent(proxy_command())
    c.UnixSocketProxy.pid_file = str(places.settings.runtime / "proxy" / "pid")


def _people(c: Any, settings: Settings) -> None:
    known = Places(settings).sign_in.exists()
    authenticator = OpenIDAuthenticator if known else DemoAuthenticator
    c.JupyterHub.authenticator_class = authenticator
    c[authenticator.__name__].settings = settings
    c.JupyterHub.load_roles = [EVERYBODY]
    c.JupyterHub.admin_access = False
    c.JupyterHub.cookie_max_age_days = _WORKING_DAY / timedelta(days=1)
    c.JupyterHub.oauth_token_expires_in = int(_WORKING_DAY.total_seconds())
    c.JupyterHub.token_expires_in_max_seconds = int(_WORKING_DAY.total_seconds())
    if settings.public_url:
        # Each person's pages are on a host of their own, and no other sets its cookies.
        c.JupyterHub.subdomain_host = settings.public_url
        c.JupyterHub.cookie_host_prefix_enabled = True


def _workspaces(c: Any, settings: Settings) -> None:
    c.JupyterHub.spawner_class = WorkspaceSpawner
    c.WorkspaceSpawner.settings = settings
    c.WorkspaceSpawner.env_keep = []  # nothing of the hub's environment goes inside
    c.JupyterHub.allow_named_servers = True
    # Servers say when they were used. What passes the proxy does not tell: a page that
    # was left open asks again and again.
    c.JupyterHub.last_activity_interval = 0
    # A person who follows a link to a workspace that is not running is asked first.
    c.JupyterHub.implicit_spawn_seconds = 0


def proxy_command() -> list[str]:
    """Return the command of configurable-http-proxy.

    Raises
    ------
    HostError
        If it is neither among the repository's packages nor on the path.
    """
    packages = PACKAGE.parents[1] / "node_modules" / ".bin"
    search = os.pathsep.join([str(packages), os.environ.get("PATH", os.defpath)])
    proxy = shutil.which("configurable-http-proxy", path=search)
    node = shutil.which("node")
    if proxy is None or node is None:
        raise HostError(
            "configurable-http-proxy is not installed, and nothing reaches the hub"
            " without it. Install Node.js 20, then run `npm ci` in the folder of"
            " package.json."
        )
    return [node, "--require", str(PACKAGE / "proxy_keep_alive.cjs"), proxy]
