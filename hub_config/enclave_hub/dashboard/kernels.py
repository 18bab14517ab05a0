"""The kernels of a dashboard: one per open page, each asking as its visitor."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import ClientError
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyterhub.httpclient import fetch
from tornado import web

from enclave.errors import HostError
from enclave_hub.dashboard.description import HUB_SOCKET
from enclave_hub.dashboard.ready_kernels import LANGUAGES, Ready, ReadyKernels
from enclave_hub.dashboard.relay import VISIT
from enclave_hub.places import socket_url


KERNEL = "dashboard"
LANGUAGE = "enclave-dashboard-language"  # the cookie that the page's script sets

# About 100 MB each. A visitor who reloads leaves a kernel behind for a moment.
MOST_KERNELS = 16
MOST_PER_VISITOR = 3

# Base64, as enclave.cohort.packing writes it; the server refuses longer addresses.
_PACKED = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Visitor:
    """Who opens a page, in which language, and with which question."""

    name: str
    hub_token: str
    language: str
    question: str

    @classmethod
    def of(cls, handler: Any) -> "Visitor":
        """Return whose request this is."""
        return cls(
            name=handler.current_user.username,
            hub_token=handler.identity_provider.hub_auth.get_token(handler),
            language=_language(
                handler.get_cookie(LANGUAGE),
                handler.request.headers.get("Accept-Language", ""),
            ),
            question=_question(handler.get_query_argument("question", "")),
        )


class FullError(HostError):
    """Too many pages of a dashboard are open."""


class HasteError(HostError):
    """One visitor opens too many pages at once."""


class VisitorKernels(AsyncMappingKernelManager):
    """Give each kernel the visit token of its visitor, and bound their number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self._visitors: dict[str, str] = {}
        self._arriving: list[str] = []
        self._ready = ReadyKernels(
            start=partial(super().start_kernel, kernel_name=KERNEL),
            manager=self.get_kernel,
            forget=self._forget,
        )

    def keep_ready(self, code: str) -> None:
        """Have kernels wait for visitors from now on, with the page of this code."""
        self._ready.make(code)

    def picture(self, language: str) -> dict[str, Any] | None:
        """Return what the widgets of the page are like before anybody comes."""
        return self._ready.pictures.get(language)

    def visitor_of(self, kernel_id: str) -> str | None:
        """Return whose a kernel is."""
        return self._visitors.get(kernel_id)

    async def give(self, visitor: Visitor) -> Ready:
        """Give a kernel to a visitor for whom there is room.

        Raises
        ------
        FullError
            If too many people have the page open.
        HasteError
            If the visitor opens too many pages at once.
        HostError
            If the hub does not say who they are, or no kernel can be started.
        """
        # Before anything is waited for: those who come meanwhile count this one.
        self._arriving.append(visitor.name)
        try:
            await self._make_room(visitor.name)
            token = await _visit_token(visitor)
            ready = await self._ready.take(token, visitor.language, visitor.question)
            self._visitors[ready.kernel] = visitor.name
        finally:
            self._arriving.remove(visitor.name)
        return ready

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended."""
        self._visitors.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel whose page is gone; those that wait for one stay."""
        if not self._ready.holds(kernel_id):
            await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]

    async def _forget(self, kernel_id: str) -> None:
        # Its page may be left, and end it, at the same moment.
        with suppress(KeyError, web.HTTPError):
            await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]

    async def _make_room(self, visitor: str) -> None:
        """End the oldest pages of a visitor who comes, and is noted as arriving."""
        arriving = self._arriving.count(visitor)
        if arriving > MOST_PER_VISITOR:
            raise HasteError("This visitor opens too many pages at once.")
        own = [kernel for kernel, name in self._visitors.items() if name == visitor]
        ended = own[: max(0, len(own) + arriving - MOST_PER_VISITOR)]
        there = len(self._visitors) + len(self._arriving) - len(ended)
        if there > MOST_KERNELS:
            raise FullError("Too many people have this page open.")
        for kernel in ended:  # now, so that no other page ends it a second time
            del self._visitors[kernel]
        for kernel in ended:
            await self._forget(kernel)


def _language(chosen: str | None, accepted: str) -> str:
    """Return the language to begin with: as chosen before, or as the browser likes."""
    if chosen in LANGUAGES:
        return chosen
    return "da" if accepted.strip().lower().startswith("da") else "en"


def _question(given: str) -> str:
    """Return the question of a shared address; the page says if it cannot be read."""
    return given if _PACKED.fullmatch(given) else ""


async def _visit_token(visitor: Visitor) -> str:
    try:
        answer = await fetch(
            f"{socket_url(HUB_SOCKET)}{VISIT}",
            method="POST",
            headers={"Authorization": f"token {visitor.hub_token}"},
        )
    except (ClientError, OSError) as error:
        raise HostError("The hub gives no visit token for this visitor.") from error
    token: str = json.loads(await answer.read())["token"]
    return token
