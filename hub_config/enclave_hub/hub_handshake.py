"""Signing in by the hub, as OAuth with PKCE; knows cookies, but no web framework.

Who comes without a session is sent to the hub, comes back with a code, and gets a
cookie with the token that the code was worth. The hub is asked about the token (answers
are kept for a minute), so that signing out at the hub is signing out here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado.httputil import url_concat
from tornado.web import create_signed_value, decode_signed_value

from enclave.errors import PolicyRefusal


HANDSHAKE_SECONDS = 600
CACHED_SECONDS = 60

_HOST_ONLY = "__Host-"


@dataclass(frozen=True)
class Cookie:
    """A cookie that no script reads and no other site sends along.

    Attributes
    ----------
    seconds
        How long it is kept; None until the browser is closed, 0 to remove it.
    """

    name: str
    value: str
    path: str
    secure: bool
    seconds: int | None = None

    def header(self) -> str:
        """Return the value of a ``Set-Cookie`` header."""
        # A browser takes a cookie with this prefix for the whole host, or not at all.
        path = "/" if self.name.startswith(_HOST_ONLY) else self.path
        cookie: SimpleCookie = SimpleCookie({self.name: self.value})
        told: dict[str, Any] = {
            "path": path,
            "httponly": True,
            "samesite": "Lax",
            "secure": self.secure,
        }
        if self.seconds is not None:
            told["max-age"] = str(self.seconds)
        cookie[self.name].update(told)
        return cookie[self.name].OutputString()


class HubHandshake:
    """One client of the hub that signs people in.

    Parameters
    ----------
    hub
        Knows the client's name, secret and address.
    secret
        Under which cookies are signed: those of another one do not hold.
    """

    def __init__(self, hub: HubOAuth, secret: bytes) -> None:
        self.hub = hub
        self._secret = secret

    def begin(self, page: str, *, secure: bool) -> tuple[str, Cookie]:
        """Return where to send a stranger who asked for a page, and with what."""
        verifier, challenge, method = self.hub.generate_pkce_code_challenge()
        state = self.hub.generate_state(page, code_verifier=verifier)
        asked = {
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": method,
        }
        cookie = self._state_cookie(state, secure=secure, seconds=HANDSHAKE_SECONDS)
        return url_concat(self.hub.login_url, asked), cookie

    async def finish(
        self,
        asked: Mapping[str, str],
        cookies: Mapping[str, str],
        *,
        secure: bool,
    ) -> tuple[str, list[Cookie]]:
        """Take what the hub sent a person back with.

        Returns
        -------
        tuple
            The page that was asked for at first, and the cookies to set.

        Raises
        ------
        PolicyRefusal
            If this browser did not begin it, or too long ago.
        """
        state = asked.get("state", "")
        begun = self._state_cookie(state, secure=secure, seconds=0)
        if not state or self.read(cookies, begun.name) != state:
            raise PolicyRefusal(
                "This sign-in was begun elsewhere or took too long: start again."
            )
        verifier = self.hub.get_code_verifier(state)
        page: str = self.hub.get_next_url(state)
        self.hub.clear_oauth_state(state)
        token = await self.hub.token_for_code(
            asked.get("code", ""), code_verifier=verifier, sync=False
        )
        name = self.hub.cookie_name
        session = Cookie(name, self.sign(name, token), self.hub.base_url, secure)
        return page, [begun, session]

    def person(
        self, cookies: Mapping[str, str], *, sync: bool = True
    ) -> Any:  # a user model, or an awaitable one
        """Return whom the session's cookie is of, as the hub describes them."""
        token = self.read(cookies, self.hub.cookie_name)
        session = cookies.get("jupyterhub-session-id", "")
        return self.hub.user_for_token(token, session_id=session, sync=sync)

    def sign(self, name: str, value: str) -> str:
        """Return the value of a cookie that :meth:`read` believes."""
        return create_signed_value(self._secret, name, value).decode()

    def read(self, cookies: Mapping[str, str], name: str) -> str:
        """Return what was signed into a cookie; empty if it was not by us."""
        value = decode_signed_value(self._secret, name, cookies.get(name, ""))
        return (value or b"").decode()

    def _state_cookie(self, state: str, *, secure: bool, seconds: int) -> Cookie:
        # One for each sign-in, so that two pages may sign in at once.
        name = f"{self.hub.state_cookie_name}-{state[:8]}"
        value = self.sign(name, state)
        return Cookie(name, value, self.hub.base_url, secure, seconds)
