"""Sign-in for demonstrations: known people, one shared password."""

import asyncio
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Instance

from enclave.durable import write_file
from enclave.errors import HostError
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.places import Places
from enclave_hub.roles import sign_in_model


_REFRESH = timedelta(minutes=1)
_AFTER_A_WRONG_PASSWORD = timedelta(seconds=1)


class DemoAuthenticator(Authenticator):  # type: ignore[misc]  # JupyterHub ships no types
    """Let the people of the demonstration in by the password of the demonstration.

    Outside demo mode it refuses to exist: a hub that was put into service without a
    real identity provider does not start.
    """

    settings = Instance(Settings).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not self.settings.demo:
            raise HostError(
                "No identity provider is set up, and the demonstration's sign-in only"
                f" works in demo mode. Describe one in {Places(self.settings).sign_in},"
                " or start the demonstration with `enclave run --demo`."
            )
        self.manage_roles = True
        self.allow_all = True
        self.auth_refresh_age = int(_REFRESH.total_seconds())
        self.refresh_pre_spawn = True
        self._database = Database(self.settings.database_url)

    async def authenticate(
        self, _handler: object, data: dict[str, str]
    ) -> dict[str, Any] | None:
        """Check the shared password, then look the person up."""
        expected = demo_password(Places(self.settings).demo_password)
        if not secrets.compare_digest(data["password"].encode(), expected.encode()):
            await asyncio.sleep(_AFTER_A_WRONG_PASSWORD.total_seconds())
            return None
        return await asyncio.to_thread(self._look_up, data["username"])

    async def refresh_user(
        self, user: Any, _handler: object = None
    ) -> dict[str, Any] | bool:
        """Work the roles out anew; a person who is gone has to sign in again."""
        return await asyncio.to_thread(self._look_up, user.name) or False

    def _look_up(self, name: str) -> dict[str, Any] | None:
        with self._database.begin() as session:
            return sign_in_model(session, name)


def demo_password(file: Path) -> str:
    """Return the password of this demonstration; the first call makes one up."""
    if not file.exists():
        write_file(file, secrets.token_urlsafe(9).encode(), mode=0o600)
    return file.read_text()
