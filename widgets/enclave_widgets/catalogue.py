"""The catalogue dashboard, which tells what data there are and what they look like."""

from functools import partial
from typing import Any

from IPython.display import display

from enclave.portal.catalogue.answers import CatalogueAnswer
from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.catalogue_markup import CatalogueMarkup
from enclave_widgets.chosen import MAXIMUM_TEXT
from enclave_widgets.client import Found, PortalClient
from enclave_widgets.code_search import PAUSE_SECONDS, SHORTEST_TEXT
from enclave_widgets.frame import Frame
from enclave_widgets.latest import Latest, Request
from enclave_widgets.plain import HTML, Dropdown, Text, VBox
from enclave_widgets.portal_error import told
from enclave_widgets.words import WORDS, Language, preferred_language


class CatalogueDashboard:
    """Search variables and codes; see how complete and in which units the data are.

    Show it as the last line of a notebook cell; it loads the rest by itself.

    Parameters
    ----------
    client
        The portal, as the visitor; by default as whoever started this kernel says.
    language
        ``en`` or ``da`` to begin with, by default that of the browser; the visitor
        can switch.
    """

    def __init__(
        self, client: PortalClient | None = None, *, language: Language | None = None
    ) -> None:
        self._client = client or PortalClient.from_environment()
        self._loading: Latest[CatalogueAnswer] = Latest()
        self.page: CataloguePage | None = None
        language = language or preferred_language()
        self.frame = Frame(
            language,
            lambda words: (words.catalogue_title, words.catalogue_lead),
            self.load,
        )
        self.load()

    def _ipython_display_(self) -> None:
        display(self.frame.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    def load(self) -> None:
        """Load the catalogue in the language chosen."""
        if self.page is None:
            self.frame.put_waiting()
        self._client.speak(self.frame.language)
        ask = partial(self._client.catalogue, self.frame.language)
        self._loading.start(Request(ask, self._loaded, self._not_loaded))

    def _loaded(self, catalogue: CatalogueAnswer) -> None:
        before = self.page
        self.page = CataloguePage(self._client, self.frame.language, catalogue)
        if before is not None:
            before.leave()
            self.page.table.index = before.table.index
            self.page.text.value = before.text.value
        self.frame.put(self.page.view)

    def _not_loaded(self, error: Exception) -> None:
        self.frame.put_failure(error, self.load)


class CataloguePage:
    """A search field with what was found, and one table of the warehouse."""

    def __init__(
        self, client: PortalClient, language: Language, catalogue: CatalogueAnswer
    ) -> None:
        words = self._words = WORDS[language]
        self._client = client
        self._language: Language = language
        self._catalogue = catalogue
        self._write = CatalogueMarkup(language)
        self._latest: Latest[Found] = Latest()
        self.text = Text(
            description=words.catalogue_search, placeholder=words.catalogue_hint
        )
        self.found = HTML()
        self.found.add_class("enc-live")
        self.table = Dropdown(
            description=words.table,
            options=[
                (f"{one.label} ({one.name})", number)
                for number, one in enumerate(catalogue.tables)
            ],
        )
        self.shown = HTML()
        self.text.observe(self._typed, "value")
        self.table.observe(lambda _: self._show_table(), "index")
        self._show_table()
        snapshot = words.of_snapshot.format(number=catalogue.snapshot)
        self.view = VBox(
            [
                card(HTML(markup.heading(words.search_all)), self.text, self.found),
                card(
                    HTML(markup.heading(words.look)),
                    HTML(markup.note(f"{snapshot} {words.look_note}")),
                    self.table,
                    self.shown,
                ),
            ]
        )
        self.view.add_class("enc-column")

    def leave(self) -> None:
        """Show nothing any more that is still to come."""
        self._latest.forget()

    def _show_table(self) -> None:
        # An index from the browser: it counts if something stands there.
        number, tables = self.table.index, self._catalogue.tables
        if isinstance(number, int) and 0 <= number < len(tables):
            self.shown.value = self._write.table(self._catalogue, tables[number])

    def _typed(self, change: dict[str, Any]) -> None:
        text = str(change["new"])[:MAXIMUM_TEXT].strip()
        if len(text) < SHORTEST_TEXT:
            self._latest.forget()
            self.found.value = ""
            return
        self.found.value = markup.waiting(self._words.searching)
        ask = partial(self._client.search_all, text, self._language)
        show = partial(self._show_found, text)
        self._latest.start(Request(ask, show, self._fail, PAUSE_SECONDS))

    def _show_found(self, text: str, found: Found) -> None:
        nothing = self._words.nothing_in_catalogue.format(text=text)
        self.found.value = self._write.found(found) or markup.note(nothing)

    def _fail(self, error: Exception) -> None:
        self.found.value = markup.failure(
            self._words.failed, told(error, self._language)
        )
