"""Ask the portal from a kernel: over one Unix socket, as one visitor.

A kernel has no network. What it may ask, and as whom, is decided by the visit token
that whoever started it put into its environment.
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from enclave.cohort.question import Question
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CellsAnswer,
    CountAnswer,
    ExtentsAnswer,
    PolicyAnswer,
    RemarkAnswer,
)
from enclave.portal.catalogue.answers import CatalogueAnswer, VariableAnswer
from enclave.portal.reruns.answers import OverviewAnswer
from enclave_widgets import portal_error, visit
from enclave_widgets.portal_error import PortalError
from enclave_widgets.words import Language


PREFIX = "/services/portal"
TIMEOUT_SECONDS = 60.0

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class FoundCode:
    """A code of the catalogue."""

    system: str
    code: str
    label: str


@dataclass(frozen=True)
class FoundVariable:
    """A variable about patients, named ``table.variable``.

    Attributes
    ----------
    codes
        Those that patients can be broken down by; often none.
    """

    name: str
    label: str
    table_label: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a search in the catalogue found."""

    variables: tuple[VariableAnswer, ...]
    codes: tuple[FoundCode, ...]


@dataclass(frozen=True)
class SavedQuestion:
    """A question that the visitor has saved."""

    name: str
    question: Question


class PortalClient:
    """The portal, as one visitor sees it.

    Parameters
    ----------
    socket
        Path of the portal's Unix socket.
    token
        Visit token: who asks. Or what waits for it, where nobody has come yet.
    prefix
        Path below which the portal lies.
    """

    def __init__(
        self,
        socket: str,
        token: str | Callable[[], Awaitable[str]],
        *,
        prefix: str = PREFIX,
    ) -> None:
        self._prefix = prefix.rstrip("/")
        self._token = token
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket),
            base_url="http://portal",
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
        ahead = visit.is_ahead(environ)
        try:
            token = visit.token_of_visitor if ahead else environ[visit.TOKEN]
            return cls(environ["ENCLAVE_PORTAL_SOCKET"], token)
        except KeyError as error:
            raise PortalError(
                f"This kernel cannot ask the portal: {error.args[0]} is not set. Open"
                " the dashboard from the hub, or this notebook in a project workspace."
            ) from None

    def speak(self, language: Language) -> None:
        """Have the portal say in this language why it refuses."""
        self._http.headers["Accept-Language"] = language

    def __repr__(self) -> str:
        """Show neither token nor socket."""
        return "PortalClient()"

    async def count(self, question: Question) -> CountAnswer:
        """Return the protected count of a question."""
        return _read(CountAnswer, await self._post("count", question))

    async def attrition(self, question: Question) -> AttritionAnswer:
        """Return how many remain step by step, protected."""
        return _read(AttritionAnswer, await self._post("attrition", question))

    async def breakdown(self, question: Question, by: str) -> CellsAnswer:
        """Return a cohort by ``sex-age``, ``index-year``, or a coded variable."""
        return _read(CellsAnswer, await self._post("breakdown", question, by=by))

    async def availability(
        self, question: Question, variables: Sequence[str]
    ) -> CellsAnswer:
        """Return how many of a cohort have a value of each variable."""
        names = list(variables)
        answer = await self._post("availability", question, variables=names)
        return _read(CellsAnswer, answer)

    async def extent(
        self, question: Question, variables: Sequence[str]
    ) -> ExtentsAnswer:
        """Return how many values of each variable there usually are, and since when."""
        names = list(variables)
        answer = await self._post("extent", question, variables=names)
        return _read(ExtentsAnswer, answer)

    async def budget(self) -> BudgetAnswer:
        """Return how many new questions may still be asked."""
        return _read(BudgetAnswer, await self._ask("GET", "/api/feasibility/budget"))

    async def remarks(self, question: Question) -> list[RemarkAnswer]:
        """Return what is probably wrong with a question; it costs nothing."""
        found = await self._post("remarks", question)
        return [_read(RemarkAnswer, one) for one in found]

    async def policy(self) -> PolicyAnswer:
        """Return the rules of the count gate."""
        return _read(PolicyAnswer, await self._ask("GET", "/api/feasibility/policy"))

    async def search(self, text: str, language: str) -> list[FoundCode]:
        """Find codes by code or label, in Danish and English."""
        return list((await self.search_all(text, language)).codes)

    async def search_all(self, text: str, language: str) -> Found:
        """Find variables and codes by name or label, in Danish and English."""
        answer = await self._ask(
            "GET", "/api/catalogue/search", params={"text": text, "language": language}
        )
        try:
            return Found(
                tuple(VariableAnswer.model_validate(v) for v in answer["variables"]),
                tuple(
                    FoundCode(str(one["system"]), str(one["code"]), str(one["label"]))
                    for one in answer["codes"]
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise portal_error.unreadable() from error

    async def reruns(self) -> OverviewAnswer:
        """Return the last re-runs, their verdicts by month, and the health."""
        return _read(OverviewAnswer, await self._ask("GET", "/api/reruns/overview"))

    async def catalogue(self, language: str) -> CatalogueAnswer:
        """Return every table with its variables, and what their values are like."""
        path = "/api/catalogue/tables"
        answer = await self._ask("GET", path, params={"language": language})
        return _read(CatalogueAnswer, answer)

    async def variables(self, language: str) -> list[FoundVariable]:
        """Return the variables about patients that a question may ask for."""
        return [
            FoundVariable(one.name, one.label, table.label, one.profile.codes)
            for table in (await self.catalogue(language)).tables
            if table.kind != "reference"
            for one in table.variables
            if one.sensitivity != "direct_identifier"
        ]

    async def saved(self) -> list[SavedQuestion]:
        """Return the questions that the visitor has saved, by name."""
        answer = await self._ask("GET", "/api/saved-questions")
        try:
            return [
                SavedQuestion(
                    str(one["name"]), Question.model_validate(one["question"])
                )
                for one in answer
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise portal_error.unreadable() from error

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def _post(self, what: str, question: Question, **more: Any) -> Any:
        body = {**_asked(question), **more}
        return await self._ask("POST", f"/api/feasibility/{what}", body=body)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        token = self._token if isinstance(self._token, str) else await self._token()
        try:
            response = await self._http.request(
                method,
                self._prefix + path,
                json=body,
                params=params,
                headers={"Authorization": f"Bearer {token}"},
            )
        except httpx.TimeoutException as error:
            raise portal_error.too_slow() from error
        except httpx.HTTPError as error:
            raise portal_error.away() from error
        try:
            content = response.json()
        except ValueError as error:
            raise portal_error.unreadable() from error
        if response.is_success:
            return content
        said = content.get("error") if isinstance(content, dict) else None
        raise PortalError(str(said or f"The portal answered {response.status_code}."))


def _asked(question: Question) -> dict[str, Any]:
    return {"question": question.model_dump(mode="json")}


def _read(kind: type[Answer], content: Any) -> Answer:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise portal_error.unreadable() from error
