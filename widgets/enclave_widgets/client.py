"""Ask the portal from a kernel: over one Unix socket, as one visitor.

A kernel has no network. What it may ask, and as whom, is decided by the visit token
that whoever started it put into its environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from enclave.cohort.question import Question
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CountAnswer,
    PolicyAnswer,
)


PREFIX = "/services/portal"
TIMEOUT_SECONDS = 60.0

Answer = TypeVar("Answer", bound=BaseModel)


class PortalError(Exception):
    """The portal did not answer, or said no. The message is for the person."""


@dataclass(frozen=True)
class FoundCode:
    """A code of the catalogue."""

    system: str
    code: str
    label: str


class PortalClient:
    """The portal, as one visitor sees it.

    Parameters
    ----------
    socket
        Path of the portal's Unix socket.
    token
        Visit token: who asks.
    prefix
        Path below which the portal lies.
    """

    def __init__(self, socket: str, token: str, *, prefix: str = PREFIX) -> None:
        self._prefix = prefix.rstrip("/")
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket),
            base_url="http://portal",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
        )

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] = os.environ
    ) -> "PortalClient":
        """Return a client for this kernel.

        Raises
        ------
        PortalError
            If the kernel was started without access to the portal.
        """
        try:
            return cls(environ["ENCLAVE_PORTAL_SOCKET"], environ["ENCLAVE_VISIT_TOKEN"])
        except KeyError as error:
            raise PortalError(
                f"This kernel cannot ask the portal: {error.args[0]} is not set. Open"
                " the dashboard from the hub, or this notebook in a project workspace."
            ) from None

    def __repr__(self) -> str:
        """Show neither token nor socket."""
        return "PortalClient()"

    async def count(self, question: Question) -> CountAnswer:
        """Return the protected count of a question."""
        answer = await self._ask("POST", "/api/feasibility/count", question=question)
        return _read(CountAnswer, answer)

    async def attrition(self, question: Question) -> AttritionAnswer:
        """Return how many remain step by step, protected."""
        answer = await self._ask(
            "POST", "/api/feasibility/attrition", question=question
        )
        return _read(AttritionAnswer, answer)

    async def budget(self) -> BudgetAnswer:
        """Return how many new questions may still be asked."""
        return _read(BudgetAnswer, await self._ask("GET", "/api/feasibility/budget"))

    async def policy(self) -> PolicyAnswer:
        """Return the rules of the count gate."""
        return _read(PolicyAnswer, await self._ask("GET", "/api/feasibility/policy"))

    async def search(self, text: str, language: str) -> list[FoundCode]:
        """Find codes by code or label, in Danish and English."""
        answer = await self._ask(
            "GET", "/api/catalogue/search", params={"text": text, "language": language}
        )
        try:
            return [
                FoundCode(str(one["system"]), str(one["code"]), str(one["label"]))
                for one in answer["codes"]
            ]
        except (KeyError, TypeError) as error:
            raise PortalError(_UNREADABLE) from error

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        question: Question | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        body = {"question": question.model_dump(mode="json")} if question else None
        try:
            response = await self._http.request(
                method, self._prefix + path, json=body, params=params
            )
        except httpx.TimeoutException as error:
            raise PortalError(
                "The portal did not answer in time. Try again: what was asked already"
                " is not charged twice."
            ) from error
        except httpx.HTTPError as error:
            raise PortalError(
                "The portal cannot be reached. Try again in a moment; if it stays so,"
                " tell the data managers."
            ) from error
        try:
            content = response.json()
        except ValueError as error:
            raise PortalError(_UNREADABLE) from error
        if response.is_success:
            return content
        said = content.get("error") if isinstance(content, dict) else None
        raise PortalError(str(said or f"The portal answered {response.status_code}."))


_UNREADABLE = "The portal answered something unreadable. Tell the data managers."


def _read(kind: type[Answer], content: Any) -> Answer:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise PortalError(_UNREADABLE) from error
