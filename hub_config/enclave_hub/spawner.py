"""Start and stop workspaces: one server per person and project, in a sandbox.

A workspace ends with the hub, whatever ends the hub: the operating system sees to it,
so there is never a workspace without a hub and none has to be found again. What was
saved stays, and the workspace is opened anew when the hub is back.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyterhub.spawner import Spawner, SpawnException
from traitlets import Instance, default

from enclave.clock import now
from enclave.errors import EnclaveError, PolicyRefusal
from enclave.sandbox.description import GIBIBYTE, Limits
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_hub.danish import in_both
from enclave_hub.front.openings import Openings, OpenWorkspace
from enclave_hub.nursery.client import Nursery
from enclave_hub.places import Places, socket_url
from enclave_hub.workspace.admission import admit, reason_to_close, record_closing
from enclave_hub.workspace.description import HUB_SOCKET, Opening
from enclave_hub.workspace.disk import DiskBound
from enclave_hub.workspace.idle import IdleRule
from enclave_hub.workspace.running import RunningWorkspace


_TELLS_OF_USE = 60  # seconds

CLOSED = "closed_because"
"""Under which the hub remembers why it closed a workspace, until it is opened again."""

NURSERY = Nursery()
"""Where the servers of all workspaces of this hub come from."""


class Refusal(SpawnException):  # type: ignore[misc]  # JupyterHub ships no types
    """Why a workspace does not open, as all pages of the hub are to say it."""

    def __init__(self, said: str) -> None:
        super().__init__(said, reason="refused", message_html=in_both(said))
        # Pages that are loaded later, and events of progress, ask for these.
        self.jupyterhub_message = said
        self.jupyterhub_html_message = in_both(said)


class WorkspaceSpawner(Spawner):  # type: ignore[misc]  # JupyterHub ships no types
    """Open and close the workspace of one person in one project."""

    settings = Instance(Settings).tag(config=True)
    disk = Instance(DiskBound, (), help="What one project may store.").tag(config=True)
    idle = Instance(IdleRule, (), help="When an unused one closes.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._database = Database(self.settings.database_url)
        self._workspace: RunningWorkspace | None = None
        self._openings = Openings(Places(self.settings).openings)
        self._steps: list[str] = []
        self._closed_because = ""

    @default("disable_user_config")
    def _no_configuration_from_home(self) -> bool:
        return True

    @default("hub_connect_url")
    def _the_relay_as_seen_inside(self) -> str:
        return socket_url(HUB_SOCKET)

    @default("mem_limit")
    def _memory_of_all_its_processes(self) -> int:
        return 8 * GIBIBYTE

    @default("poll_interval")
    def _seconds_between_checks(self) -> int:
        return 20

    async def start(self) -> str:
        """Check the person, build the sandbox, start the server.

        Returns
        -------
        str
            Address of the socket on which the front answers for the workspace.

        Raises
        ------
        SpawnException
            With the reason, if the person may not or the machine cannot.
        """
        try:
            self._steps = ["Checking membership, grant, approvals and training"]
            project = await asyncio.to_thread(
                admit, self.settings, self._database, self.user.name, self.name
            )
            self._steps.append(f"Closing off a workspace for “{project.title}”")
            await asyncio.to_thread(self.disk.check, self._folder)
            self._closed_because = ""
            opening = Opening(
                self.settings, project, self.user.name, self.idle, self._limits
            )
            places, environment = Places(self.settings), self.get_env()
            folder = places.workspace_folder(self.orm_spawner.id)
            self._workspace = await RunningWorkspace.start(
                NURSERY, opening, folder, environment
            )
        except EnclaveError as refusal:
            raise Refusal(str(refusal)) from refusal
        self._steps.append("Starting JupyterLab")
        server = self._workspace.server_socket
        self._openings.add(
            OpenWorkspace.from_hub(self.user.name, self.name, server, environment)
        )
        # People come to the shell; only the front reaches the server.
        return socket_url(places.front_socket)

    async def poll(self) -> int | None:
        """Return None while the server runs, else its exit code."""
        code = 0 if self._workspace is None else self._workspace.exit_code
        if code is not None:
            await self.stop(now=True)
        return code

    async def stop(self, now: bool = False) -> None:  # noqa: FBT001, FBT002 - JupyterHub's
        """End the workspace and everything in it."""
        self._openings.remove(self.user.name, self.name)
        workspace, self._workspace = self._workspace, None
        if workspace is not None:
            await (workspace.stop(patience=0) if now else workspace.stop())

    async def poll_and_notify(self) -> int | None:
        """Close what may not go on; keep the documents of the others up to date."""
        if self._workspace is not None and self.ready:
            reason = await asyncio.to_thread(self._reason_to_close)
            if reason is not None:
                self.log.warning("Closing %s: %s", self._log_name, reason)
                self._closed_because = reason
                await self.stop()
        code: int | None = await super().poll_and_notify()
        if self._workspace is not None and self.ready:
            await self._workspace.bring_up_to_date()
        return code

    def _reason_to_close(self) -> str | None:
        who = (self.user.name, self.name)
        reason = self._workspace and reason_to_close(
            self.settings,
            self._database,
            self.user.name,
            self._workspace.opening.project,
        )
        reason = reason or self.idle.reason_to_close(self._last_used())
        try:
            self.disk.check(self._folder)
        except PolicyRefusal as refusal:
            reason = reason or str(refusal)
        if reason is not None:
            record_closing(self._database, *who, reason)
        return reason

    def _last_used(self) -> datetime:
        # Kept without a time zone; and a start is a use.
        times = (self.orm_spawner.last_activity, self.orm_spawner.started)
        known = [time.replace(tzinfo=UTC) for time in times if time is not None]
        return max(known, default=now())

    @property
    def _limits(self) -> Limits:
        """What JupyterHub is told to give a server, and for the rest our own."""
        return Limits(total_memory_bytes=self.mem_limit, processors=self.cpu_limit)

    @property
    def _folder(self) -> Path:
        return Path(self.settings.projects, self.name)

    def get_state(self) -> dict[str, Any]:
        """Return what the hub is to remember, also when it is started anew."""
        state: dict[str, Any] = super().get_state()
        return state | ({CLOSED: self._closed_because} if self._closed_because else {})

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what was remembered."""
        super().load_state(state)
        self._closed_because = state.get(CLOSED, "")

    async def rename(self, old_name: str, new_name: str) -> None:
        """Refuse: with another name a server would be in another project."""
        raise Refusal(
            f"The workspace {old_name} cannot become {new_name}: a workspace belongs to"
            " its project."
        )

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Tell the waiting person what is being done."""
        told = 0
        while True:
            for step in self._steps[told:]:
                told += 1
                yield {
                    "progress": min(90, 25 * told),
                    "message": step,
                    "html_message": in_both(step),
                }
            await asyncio.sleep(0.2)

    def get_env(self) -> dict[str, str]:
        """Return what JupyterHub tells a server, for one on a Unix socket."""
        environment: dict[str, str] = super().get_env()
        # An address with a port would have the server look for one to listen on.
        prefix = environment["JUPYTERHUB_SERVICE_PREFIX"]
        # The hub hears of use often enough to tell when there was none.
        environment["JUPYTERHUB_ACTIVITY_INTERVAL"] = str(_TELLS_OF_USE)
        environment["JUPYTERHUB_SERVICE_URL"] = f"http+unix://inherited{prefix}"
        return {name: value for name, value in environment.items() if value}
