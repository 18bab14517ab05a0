"""Sign-in by OpenID Connect, with a second factor."""

import asyncio
from typing import Any

import jwt
from oauthenticator.generic import GenericOAuthenticator
from tornado import web
from traitlets import Instance

from enclave.errors import EnclaveError, PolicyRefusal
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.places import Places
from enclave_hub.roles import sign_in_model
from enclave_hub.sign_in import claims as said
from enclave_hub.sign_in.provider import discover, read_provider


_REFRESH_SECONDS = 60

# Signatures by a key of the provider; never `none`, never our own secret.
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


class OpenIDAuthenticator(GenericOAuthenticator):  # type: ignore[misc]  # it ships no types
    """Let people in whom the site's identity provider vouches for."""

    settings = Instance(Settings).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._provider = provider = read_provider(Places(self.settings).sign_in)
        self._endpoints = found = discover(provider, loopback=self.settings.demo)
        self._database = Database(self.settings.database_url)
        self._keys = jwt.PyJWKClient(found.jwks_uri, timeout=10)
        self.login_service = provider.name
        self.client_id, self.client_secret = provider.client_id, provider.secret
        self.authorize_url = found.authorization_endpoint
        self.token_url = found.token_endpoint
        self.userdata_url = found.userinfo_endpoint
        self.scope = ["openid", *provider.scopes]
        # A working day ends with signing in anew, not with a click.
        self.extra_authorize_params = {"prompt": "login"}
        if provider.acr:
            self.extra_authorize_params["acr_values"] = " ".join(sorted(provider.acr))
        if self.settings.public_url:
            self.oauth_callback_url = f"{self.settings.public_url}/hub/oauth_callback"
        # Who has no account is refused by name, with the reason.
        self.allow_all = True
        self.manage_roles = True
        self.auth_refresh_age = _REFRESH_SECONDS
        self.refresh_pre_spawn = True

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """Return the claims of the id token, and those of userinfo beside them."""
        try:
            proved = await asyncio.to_thread(self._proved, token_info)
            said.require_second_factor(self._provider, proved)
        except PolicyRefusal as refusal:
            raise web.HTTPError(403, str(refusal)) from refusal
        more: dict[str, Any] = await super().token_to_user(token_info)
        if more.get("sub") != proved["sub"]:
            raise web.HTTPError(403, "The provider spoke of two people.")
        return {**more, **proved}

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """Return the account's name, its roles brought up to date."""
        try:
            with self._database.begin() as session:
                account = said.account_of(session, self._provider, user_info)
                said.record(session, account, user_info)
                return account.name
        except EnclaveError as refusal:
            raise web.HTTPError(403, str(refusal)) from refusal

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Add the roles, worked out from the enclave's own records."""
        model = await asyncio.to_thread(self._look_up, auth_model["name"])
        # What the provider gave us is used up: nothing of it is kept.
        return {**(model or {}), "auth_state": None}

    async def refresh_user(
        self, user: Any, _handler: object = None, **_more: Any
    ) -> dict[str, Any] | bool:
        """Work the roles out anew; a person who is gone has to sign in again."""
        return await asyncio.to_thread(self._look_up, user.name) or False

    def _look_up(self, name: str) -> dict[str, Any] | None:
        with self._database.begin() as session:
            return sign_in_model(session, name)

    def _proved(self, token_info: dict[str, Any]) -> dict[str, Any]:
        token = token_info.get("id_token", "")
        try:
            proved: dict[str, Any] = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=_ALGORITHMS,
                audience=self.client_id,
                issuer=self._endpoints.issuer,
                leeway=30,
                options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise PolicyRefusal(
                f"What {self._provider.name} sent is not proof of who you are"
                f" ({type(error).__name__}). Sign in again."
            ) from error
        return proved
