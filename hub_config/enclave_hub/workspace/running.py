"""A workspace that runs: its sandbox, its sockets and its relay, as one thing."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import ClientSession, UnixConnector

from enclave.delivery.about import about
from enclave.errors import HostError
from enclave.store.database import Database
from enclave_hub.nursery.client import Nursery, NurseryServer
from enclave_hub.places import Places
from enclave_hub.workspace.description import Opening, describe
from enclave_hub.workspace.folders import lay_ready
from enclave_hub.workspace.kernel_readings import KernelReadings
from enclave_hub.workspace.kernel_starts import KernelStarts
from enclave_hub.workspace.relay import (
    KERNEL_READINGS,
    KERNEL_STARTS,
    Recorders,
    WorkspaceRelay,
)
from enclave_hub.workspace.sockets import WorkspaceSockets


_PATIENCE = 8.0  # seconds that a server gets to shut its kernels down


class RunningWorkspace:
    """One workspace, from its first socket to its last process."""

    def __init__(
        self, opening: Opening, sockets: WorkspaceSockets, database: Database
    ) -> None:
        self.opening = opening
        self._sockets = sockets
        self._database = database
        self._relay = _relay(opening, database)
        self._process: NurseryServer | None = None

    @classmethod
    async def start(
        cls,
        nursery: Nursery,
        opening: Opening,
        folder: Path,
        hub_environment: Mapping[str, str],
    ) -> "RunningWorkspace":
        """Build the sandbox, start the server in it, and wait until it answers.

        Parameters
        ----------
        nursery
            Where the server comes from.
        folder
            For the sockets of this workspace alone.
        hub_environment
            What JupyterHub tells a single-user server.

        Raises
        ------
        HostError
            If the sandbox cannot be built, or the server ends before it answers.
        """
        places, slug = Places(opening.settings), opening.project.slug
        sockets = WorkspaceSockets.bind(folder, opening.account)
        workspace = cls(opening, sockets, Database(opening.settings.database_url))
        try:
            await workspace.bring_up_to_date()
            await workspace._relay.start(sockets.relay)
            server = describe(opening, sockets, hub_environment)
            workspace._process = await nursery.start(
                server.sandbox,
                sockets.server,
                server.environment,
                places.log(f"{opening.person}.{slug}"),  # a slug has no full stop
            )
            # From here on only the sandbox listens: when it is gone, nobody answers.
            sockets.server.close()
            prefix = hub_environment["JUPYTERHUB_SERVICE_PREFIX"]
            await _first_answer(workspace._process, sockets.server_path, f"{prefix}api")
        except BaseException:
            await workspace.stop(patience=0)
            raise
        return workspace

    @property
    def server_socket(self) -> Path:
        """Where the server answers."""
        return self._sockets.server_path

    @property
    def exit_code(self) -> int | None:
        """The exit code of the server; None while it runs."""
        return 0 if self._process is None else self._process.exit_code

    async def bring_up_to_date(self) -> None:
        """Lay the project's documents ready as they are now."""
        await asyncio.to_thread(_lay_ready, self.opening)

    async def stop(self, *, patience: float = _PATIENCE) -> None:
        """End every process and remove the sockets; return when nothing is left."""
        if self._process is not None:
            await self._process.stop(patience=patience)
        await self._relay.stop()
        self._sockets.close()
        await asyncio.to_thread(self._database.dispose)


def _relay(opening: Opening, database: Database) -> WorkspaceRelay:
    settings, person, slug = opening.settings, opening.person, opening.project.slug
    recorders: Recorders = {
        KERNEL_STARTS: KernelStarts(settings, database, person, slug),
        KERNEL_READINGS: KernelReadings(settings, database, person, slug),
    }
    return WorkspaceRelay(Places(settings).hub_socket, person, slug, recorders)


def _lay_ready(opening: Opening) -> None:
    slug, database = opening.project.slug, Database(opening.settings.database_url)
    try:
        with database.begin() as session:
            facts = about(session, opening.settings, slug, opening.person)
    finally:
        database.dispose()
    lay_ready(opening.settings, slug, opening.person, facts, opening.account)


async def _first_answer(process: NurseryServer, server: Path, path: str) -> None:
    """Wait for the server's first answer, or for its end."""
    answer = asyncio.ensure_future(_get(server, path))
    end = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
        if end.done():
            raise HostError(
                "The server of the workspace ended while it started. Try again; if it"
                " ends again, tell the people who run this enclave: the reason stands"
                " in the hub's folder of logs."
            )
        await answer
    finally:
        answer.cancel()
        end.cancel()


async def _get(server: Path, path: str) -> None:
    # The socket is listened on already: the first answer is worth waiting for.
    connector = UnixConnector(path=str(server))
    async with (
        ClientSession(connector=connector) as session,
        session.get(f"http://localhost{path}") as answer,
    ):
        answer.raise_for_status()
