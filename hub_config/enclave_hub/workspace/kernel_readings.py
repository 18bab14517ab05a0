"""Which delivered columns were read in a workspace: written down outside it."""

import asyncio
import json
from typing import Any

from aiohttp import web

from enclave.delivery import readings
from enclave.errors import EnclaveError
from enclave.settings import Settings
from enclave.store.database import Database


# Of one report. A kernel reports every few seconds.
_MOST = 10_000


class KernelReadings:
    """What the server of one workspace says of its kernels' readings.

    It says only which columns; whose workspace of which project it is, is known here.
    """

    def __init__(
        self, settings: Settings, database: Database, person: str, slug: str
    ) -> None:
        self._settings = settings
        self._database = database
        self._person, self._slug = person, slug

    async def answer(self, request: web.Request) -> web.Response:
        """Record what was read."""
        try:
            columns = _columns(json.loads(await request.read()))
            await asyncio.to_thread(self._record, columns)
        except (ValueError, TypeError, LookupError) as error:
            raise web.HTTPBadRequest(text="Expected versions and columns.") from error
        except EnclaveError as refusal:
            raise web.HTTPForbidden(text=str(refusal)) from refusal
        return web.Response(status=204)

    def _record(self, columns: list[tuple[int, str]]) -> None:
        with self._database.begin() as session:
            readings.record(session, self._settings, self._slug, self._person, columns)


def _columns(document: dict[str, Any]) -> list[tuple[int, str]]:
    found = [(int(version), str(name)) for version, name in document["columns"]]
    if len(found) > _MOST or not all(0 < version < 2**31 for version, _ in found):
        raise ValueError
    return found
