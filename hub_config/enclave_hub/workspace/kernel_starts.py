"""Who started which kernel in which project: written down outside the workspace."""

import asyncio
import json

from aiohttp import web

from enclave.audit import log
from enclave.errors import EnclaveError
from enclave.sandbox import released_kernels
from enclave.settings import Settings
from enclave.store.database import Database


# Kernels that run the enclave's own software: they are no releases and have no lock.
_OURS = {"questions"}


class KernelStarts:
    """What the server of one workspace says of its kernels.

    It says only which; who and where is known here.
    """

    def __init__(
        self, settings: Settings, database: Database, person: str, slug: str
    ) -> None:
        self._settings = settings
        self._database = database
        self._person = person
        self._slug = slug

    async def answer(self, request: web.Request) -> web.Response:
        """Record a start."""
        try:
            kernel = str(json.loads(await request.read())["kernel"])
            await asyncio.to_thread(self._record, kernel)
        except (ValueError, TypeError, LookupError) as error:
            raise web.HTTPBadRequest(text="Expected the name of a kernel.") from error
        except EnclaveError as refusal:
            raise web.HTTPForbidden(text=str(refusal)) from refusal
        return web.Response(status=204)

    def _record(self, kernel: str) -> None:
        if kernel in _OURS:
            details = {"name": kernel}
        else:
            details = released_kernels.installed(self._settings, kernel).mark()
        event = log.Event(
            actor=self._person,
            action="kernel.start",
            subject=f"project:{self._slug}",
            details=details,
        )
        with self._database.begin() as session:
            log.record(session, event)
