"""What chosen codes are called, in the language of the page."""

from collections.abc import Callable

from enclave_widgets.client import FoundCode, PortalClient
from enclave_widgets.latest import Latest, Request
from enclave_widgets.selection import Selection
from enclave_widgets.words import Language


class CodeNames:
    """Looks up codes that came from a link or a page of another language.

    Parameters
    ----------
    rename
        Called with what the catalogue found. Where it says nothing, codes keep the
        names they have.
    """

    def __init__(
        self,
        client: PortalClient,
        language: Language,
        rename: Callable[[list[FoundCode]], None],
    ) -> None:
        self._client = client
        self._language: Language = language
        self._rename = rename
        self._latest: Latest[list[FoundCode]] = Latest()

    def look_up(self, selection: Selection) -> None:
        """Ask the catalogue about each chosen code."""
        codes = [code.code for code in selection.codes]

        async def find() -> list[FoundCode]:
            found = [await self._client.search(code, self._language) for code in codes]
            return [one for some in found for one in some]

        if codes:
            self._latest.start(Request(find, self._rename, lambda _error: None))

    def forget(self) -> None:
        """Rename nothing any more."""
        self._latest.forget()
