"""Come into a workspace: by the hub to the shell, from the shell into the frame.

The shell knows its visitor by the hub. It gives the frame a ticket for its first
request, which is worth one session on the origin of the workspace. So neither page ever
holds the other's cookie, and nobody signs in inside a frame.
"""

import secrets
from collections.abc import Mapping
from functools import lru_cache

from jupyterhub.services.auth import HubOAuth

from enclave.errors import PolicyRefusal
from enclave_hub.front.openings import OpenWorkspace
from enclave_hub.front.origins import Origins
from enclave_hub.hub_handshake import CACHED_SECONDS, Cookie, HubHandshake


_FRAME = "enclave-workspace"
_MOST_TICKETS = 1000


class Entrance:
    """Who may come into which workspace.

    Parameters
    ----------
    hub_api
        Address of the hub's API.
    secret
        Under which sessions are signed; the same after a restart.
    """

    def __init__(self, hub_api: str, secret: bytes) -> None:
        self._hub_api = hub_api
        self._secret = secret
        # The path and the hub token that each is worth; the oldest fall out.
        self._tickets: dict[str, tuple[str, str]] = {}
        self.handshake = lru_cache(maxsize=256)(self._handshake)

    def give_ticket(self, workspace: OpenWorkspace, token: str) -> str:
        """Return what lets a frame in, once."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = (workspace.prefix, token)
        while len(self._tickets) > _MOST_TICKETS:
            del self._tickets[next(iter(self._tickets))]
        return ticket

    def take_ticket(
        self, workspace: OpenWorkspace, ticket: str, where: Origins
    ) -> Cookie:
        """Return the session that a ticket is worth.

        Raises
        ------
        PolicyRefusal
            If it is not one for this workspace, or was used before.
        """
        prefix, token = self._tickets.pop(ticket, ("", ""))
        if prefix != workspace.prefix:
            raise PolicyRefusal("This page was opened before. Load it anew.")
        name = _session_name(where)
        value = self.handshake(workspace).sign(name, token)
        return Cookie(name, value, prefix, where.secure)

    async def visitor(
        self, workspace: OpenWorkspace, cookies: Mapping[str, str], where: Origins
    ) -> str:
        """Return the hub token of whoever sits before a frame.

        Raises
        ------
        PolicyRefusal
            If nobody does, or somebody who may not be there.
        """
        token = self.handshake(workspace).read(cookies, _session_name(where))
        if not await self.is_valid(workspace, token, cookies):
            raise PolicyRefusal(
                "You are signed out of this workspace. Load the page anew to sign in."
            )
        return token

    async def is_valid(
        self, workspace: OpenWorkspace, token: str, cookies: Mapping[str, str]
    ) -> bool:
        """Return whether the hub still lets the owner of a token in."""
        hub = self.handshake(workspace).hub
        session = cookies.get("jupyterhub-session-id", "")
        user = token and await hub.user_for_token(token, session_id=session, sync=False)
        return bool(user) and bool(hub.check_scopes(set(workspace.scopes), user))

    def _handshake(self, workspace: OpenWorkspace) -> HubHandshake:
        hub = HubOAuth(
            api_url=self._hub_api,
            api_token=workspace.secret,
            base_url=workspace.prefix,
            hub_host=workspace.hub_host,
            oauth_client_id=workspace.client,
            oauth_redirect_uri=workspace.callback,
            cookie_host_prefix_enabled=workspace.host_cookies,
            cache_max_age=CACHED_SECONDS,
        )
        return HubHandshake(hub, self._secret)


def _session_name(where: Origins) -> str:
    """Return the cookie's name; on a host of its own, no other host can set it."""
    return f"__Host-{_FRAME}" if where.secure and where.own_host else _FRAME
