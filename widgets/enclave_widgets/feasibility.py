"""The feasibility dashboard, which tells how many patients there are.

It holds no rule of protection. It asks the portal as its visitor, and the portal sends
what the visitor may see. What arrives from the browser is checked here nevertheless
(:mod:`enclave_widgets.selection`), so that a forged message is at most no message.
"""

from datetime import date
from typing import Any

from IPython.display import display
from ipywidgets import HTML, Button, HBox, ToggleButtons, VBox, Widget

from enclave.clock import Clock, now
from enclave.cohort.packing import unpack
from enclave.errors import InputError
from enclave.feasibility.answers import PolicyAnswer
from enclave_widgets import markup
from enclave_widgets.cards import card, close_all
from enclave_widgets.client import PortalClient, PortalError
from enclave_widgets.history import History
from enclave_widgets.latest import Latest, Request
from enclave_widgets.page import Page
from enclave_widgets.selection import Selection
from enclave_widgets.words import WORDS, Language


LONGEST_LINK = 100_000


class FeasibilityDashboard:
    """Choose patients, see about how many there are.

    Show it as the last line of a notebook cell; it loads the rest by itself, in the
    kernel's event loop.

    Parameters
    ----------
    client
        The portal, as the visitor.
    language
        ``en`` or ``da`` to begin with; the visitor can switch.
    link
        The question to begin with, as it stands in a shared address; empty for none.
    """

    def __init__(
        self,
        client: PortalClient,
        *,
        language: Language = "en",
        link: str = "",
        clock: Clock = now,
    ) -> None:
        self._client = client
        self._language: Language = language
        self._link = link
        self._age_on = date(clock().year, 1, 1)
        self._policy: PolicyAnswer | None = None
        self._loading: Latest[PolicyAnswer] = Latest()
        self.page: Page | None = None
        self.languages = ToggleButtons(
            options=[("Dansk", "da"), ("English", "en")],
            value=language,
            description="Sprog / Language",
        )
        self.languages.observe(self._language_chosen, "value")
        self._lead = HTML()
        self._body = VBox()
        head = HBox([self._lead, self.languages])
        head.add_class("enc-head")
        self.view = VBox([HTML(markup.style()), head, self._body])
        self.view.add_class("enc")
        self.load()

    def _ipython_display_(self) -> None:
        display(self.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    def load(self) -> None:
        """Load the rules of the gate, from which the menus are made."""
        words = WORDS[self._language]
        self._draw_head()
        self._put(HTML(markup.waiting(words.loading)))
        self._loading.start(
            Request(self._client.policy, self._loaded, self._not_loaded)
        )

    def _loaded(self, policy: PolicyAnswer) -> None:
        self._policy = policy
        self._open(
            Page(
                self._client,
                self._language,
                policy,
                Selection(policy.rules.grammar, self._age_on),
                History(),
            )
        )
        self._follow_link()

    def _follow_link(self) -> None:
        """Begin with the question of a shared address."""
        if self._link and self.page is not None:
            try:
                self.page.use(unpack(self._link[:LONGEST_LINK]))
            except (InputError, ValueError) as error:
                self.page.editor.message.value = markup.alarm(str(error))

    def _not_loaded(self, error: Exception) -> None:
        words = WORDS[self._language]
        text = str(error) if isinstance(error, PortalError) else words.bug
        again = Button(description=words.retry)
        again.on_click(lambda _: self.load())
        self._put(card(HTML(markup.failure(words.failed, text)), again))

    def _language_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] not in WORDS:
            return
        self._language = change["new"]
        if self.page is None or self._policy is None:
            self.load()
            return
        self._draw_head()
        before = self.page
        before.leave()
        page = Page(
            self._client,
            self._language,
            self._policy,
            before.editor.selection,
            before.editor.history,
        )
        page.panel.while_editing.value = before.panel.while_editing.value
        if before.answered:
            page.show(*before.answered)
        self._open(page)

    def _open(self, page: Page) -> None:
        self.page = page
        self._put(page.view)

    def _draw_head(self) -> None:
        words = WORDS[self._language]
        lead = markup.heading(words.title, level=1) + markup.note(words.lead)
        self._lead.value = lead

    def _put(self, widget: Widget) -> None:
        before = self._body.children
        self._body.children = [widget]
        close_all(before)
