"""The visitor's saved questions: open one, or go and save this one.

Saving is a page of the portal's: a kernel may not write there.
"""

from collections.abc import Callable

from enclave.cohort.packing import fits, pack
from enclave.cohort.question import Question
from enclave.errors import InputError
from enclave_widgets import markup, rules
from enclave_widgets.cards import card
from enclave_widgets.client import PREFIX, PortalClient, SavedQuestion
from enclave_widgets.latest import Latest, Request
from enclave_widgets.plain import HTML, Button, Dropdown, HBox
from enclave_widgets.portal_error import told
from enclave_widgets.words import WORDS, Language


class SavedCard:
    """The list of what was saved, and a link to save what is chosen.

    Parameters
    ----------
    use
        Called with the question that the visitor opens.
    """

    def __init__(
        self,
        client: PortalClient,
        language: Language,
        use: Callable[[Question], None],
    ) -> None:
        self._language: Language = language
        words = self._words = WORDS[language]
        self._client = client
        self._use = use
        self._latest: Latest[list[SavedQuestion]] = Latest()
        self._saved: list[SavedQuestion] = []
        self.save = HTML()
        self.choice = Dropdown(description=words.saved, options=[])
        self.open = Button(description=words.open_saved)
        self.reload = Button(description=words.reload_saved)
        self.message = HTML()
        self.message.add_class("enc-live")
        self.open.on_click(lambda _: self._open())
        self.reload.on_click(lambda _: self.load())
        row = HBox([self.choice, self.open, self.reload])
        row.add_class("enc-row")
        self.view = card(
            HTML(markup.heading(words.saved)), self.save, row, self.message
        )
        self._listed([])
        self.load()

    def show(self, question: Question) -> None:
        """Link to where what is chosen can be saved."""
        packed = pack(question)
        address = f"{PREFIX}/saved-questions?question={packed}"
        link = markup.link(address, self._words.save)
        self.save.value = link if fits(packed) else markup.note(self._words.too_long)

    def load(self) -> None:
        """List what was saved."""
        self._latest.start(Request(self._client.saved, self._listed, self._fail))

    def leave(self) -> None:
        """Show nothing any more that is still to come."""
        self._latest.forget()

    def _open(self) -> None:
        # An index from the browser: it counts if something stands there.
        number = self.choice.index
        if isinstance(number, int) and 0 <= number < len(self._saved):
            chosen = self._saved[number]
            try:
                self._use(chosen.question)
            except InputError as error:
                self.message.value = rules.refused(error, self._language)
                return
            said = self._words.was_opened.format(name=chosen.name)
            self.message.value = markup.note(said)

    def _listed(self, saved: list[SavedQuestion]) -> None:
        self._saved = saved
        names = [one.name for one in saved] or [self._words.none_saved]
        self.choice.options = [(name, number) for number, name in enumerate(names)]
        self.choice.index = 0
        self.choice.disabled = self.open.disabled = not saved

    def _fail(self, error: Exception) -> None:
        self.message.value = markup.failure(
            self._words.failed, told(error, self._language)
        )
