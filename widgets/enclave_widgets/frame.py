"""The frame of a dashboard: style, title, the choice of language, and the page."""

from collections.abc import Callable
from typing import Any

from ipywidgets import DOMWidget

from enclave_widgets import markup, visit
from enclave_widgets.cards import card, close_all
from enclave_widgets.plain import HTML, Button, HBox, ToggleButtons, VBox
from enclave_widgets.portal_error import told
from enclave_widgets.vocabulary import Words
from enclave_widgets.words import WORDS, Language


class Frame:
    """What all dashboards have around their pages.

    Parameters
    ----------
    top
        Picks the words at the top: a title, and a line below it.
    chosen
        Called when the visitor has chosen another language.
    """

    def __init__(
        self,
        language: Language,
        top: Callable[[Words], tuple[str, str]],
        chosen: Callable[[], None],
    ) -> None:
        self.language: Language = language
        self._top = top
        self._chosen = chosen
        self.languages = ToggleButtons(
            options=[("Dansk", "da"), ("English", "en")],
            value=language,
            description="Sprog / Language",
        )
        self.languages.observe(self._language_chosen, "value")
        self.lead, self.body = HTML(), VBox()
        head = HBox([self.lead, self.languages])
        head.add_class("enc-head")
        self.view = VBox([HTML(markup.style()), head, self.body])
        self.view.add_class("enc")
        self._draw_head()
        if visit.is_ahead():
            visit.when_begun(self._speak)

    def put(self, widget: DOMWidget) -> None:
        """Show a page in place of the one before."""
        before = self.body.children
        widget.add_class(f"enc-{self.language}")  # live.js says which language it is
        self.body.children = [widget]
        close_all(before)

    def put_waiting(self) -> None:
        """Say that the page is being loaded."""
        words = WORDS[self.language]
        self.put(HTML(markup.waiting(words.loading)))

    def put_failure(self, error: Exception, again: Callable[[], None]) -> None:
        """Say that it could not be loaded, with a button to try again."""
        words = WORDS[self.language]
        button = Button(description=words.retry)
        button.on_click(lambda _: again())
        self.put(
            card(HTML(markup.failure(words.failed, told(error, self.language))), button)
        )

    def _speak(self, language: str, _question: str) -> None:
        """Speak the language of the visitor who has come."""
        if language in WORDS:
            self.languages.value = language

    def _language_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] in WORDS:
            self.language = change["new"]
            self._draw_head()
            self._chosen()

    def _draw_head(self) -> None:
        title, lead = self._top(WORDS[self.language])
        self.lead.value = markup.heading(title, level=1) + markup.note(lead)
