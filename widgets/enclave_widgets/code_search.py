"""Search the catalogue for codes, and add one to the question."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from enclave_widgets import markup
from enclave_widgets.chosen import MAXIMUM_TEXT, ChosenCode
from enclave_widgets.client import FoundCode, PortalClient
from enclave_widgets.latest import Latest, Request
from enclave_widgets.plain import (
    HTML,
    Button,
    Dropdown,
    HBox,
    Select,
    Text,
    VBox,
    hide,
    show,
)
from enclave_widgets.portal_error import told
from enclave_widgets.selection import INDEX, Selection
from enclave_widgets.vocabulary import Words
from enclave_widgets.words import WORDS, Language


PAUSE_SECONDS = 0.3
SHORTEST_TEXT = 2


NEW, NEW_INDEX = "new", "start"
Target = int | str


class CodeSearch:
    """A search field, what was found, and a button to add it.

    Parameters
    ----------
    selection
        Returns what is chosen now: it knows how coarse a code must be.
    add
        Called with a code that the visitor wants to add, and as what: :data:`NEW`,
        :data:`NEW_INDEX`, or the place of the criterion that it is an alternative in.
        Returns whether it could be added.
    """

    def __init__(
        self,
        client: PortalClient,
        language: Language,
        selection: Callable[[], Selection],
        add: Callable[[ChosenCode, Target], bool],
    ) -> None:
        self._client = client
        self._language = language
        self._words = WORDS[language]
        self._selection = selection
        self._add = add
        self._latest: Latest[list[FoundCode]] = Latest()
        self._found: tuple[ChosenCode, ...] = ()
        self.text = Text(
            description=self._words.search, placeholder=self._words.search_hint
        )
        self.found = Select(description=self._words.found, options=[], rows=5)
        self.add = Button(description=self._words.add, disabled=True)
        self.message = HTML()
        self.message.add_class("enc-live")
        self._targets: tuple[tuple[str, Target], ...] = ()
        self.target = Dropdown(description=self._words.add_as, options=[])
        row = HBox([self.target, self.add])
        row.add_class("enc-row")
        self._results = VBox([self.found, row])
        self._results.add_class("enc-list")
        hide(self._results)
        self.view = VBox([self.text, self.message, self._results])
        self.view.add_class("enc-list")
        self.text.observe(self._typed, "value")
        self.add.on_click(self._add_clicked)

    def show(self, selection: Selection) -> None:
        """Offer what a code can be added as."""
        targets = tuple(_targets(selection, self._words))
        if targets != self._targets:
            self._targets = targets
            self.target.options = [
                (name, number) for number, (name, _) in enumerate(targets)
            ]
            self.target.index = 0

    def _typed(self, change: dict[str, Any]) -> None:
        text = str(change["new"])[:MAXIMUM_TEXT].strip()
        self._show_found(())
        if len(text) < SHORTEST_TEXT:
            self._latest.forget()
            self.message.value = ""
            return
        self.message.value = markup.waiting(self._words.searching)
        self._latest.start(
            Request(
                ask=partial(self._client.search, text, self._language),
                show=partial(self._show, text),
                fail=self._fail,
                pause=PAUSE_SECONDS,
            )
        )

    def _show(self, text: str, found: Sequence[FoundCode]) -> None:
        codes = coarse_codes(found, self._selection())
        self.message.value = (
            "" if codes else markup.note(self._words.nothing_found.format(text=text))
        )
        self._show_found(codes)

    def _show_found(self, codes: tuple[ChosenCode, ...]) -> None:
        self._found = codes
        self.found.options = [
            (f"{code.code} · {code.label} ({code.system})", number)
            for number, code in enumerate(codes)
        ]
        self.found.index = 0 if codes else None
        self.add.disabled = not codes
        show(self._results, when=bool(codes))

    def _fail(self, error: Exception) -> None:
        self.message.value = markup.failure(
            self._words.failed, told(error, self._language)
        )

    def _add_clicked(self, _button: Button) -> None:
        # The index came from the browser: it counts only if something stands there.
        number = self.found.index
        target = self.target.index
        if not isinstance(number, int) or not 0 <= number < len(self._found):
            return
        if not isinstance(target, int) or not 0 <= target < len(self._targets):
            return
        code = self._found[number]
        if not self._add(code, self._targets[target][1]):
            self.message.value = markup.alarm(self._words.cannot_add)
            return
        self.text.value = ""
        self.message.value = markup.note(self._words.added.format(code=code.code))
        self.text.focus()


def _targets(selection: Selection, words: Words) -> Iterator[tuple[str, Target]]:
    if not selection.is_full:
        yield words.as_criterion, NEW
    if selection.index is None:
        if not selection.is_full:
            yield words.as_index, NEW_INDEX
    else:
        yield words.as_or_index, INDEX
    for place in range(len(selection.criteria)):
        yield words.as_or.format(number=place + 1), place


def coarse_codes(
    found: Sequence[FoundCode], selection: Selection
) -> tuple[ChosenCode, ...]:
    """Turn codes of the catalogue into those that may be asked, each once.

    A code too fine is replaced by the one above it. That one has its own label if it
    was found too, and else the label of the first code below it, with three dots.
    """
    coarse: dict[tuple[str, str], str] = {}
    for one in found:
        code = selection.coarse(one.system, one.code)
        if code is None:
            continue
        if code == one.code:
            coarse[one.system, code] = one.label
        else:
            coarse.setdefault((one.system, code), f"{one.label} …")
    return tuple(
        ChosenCode(system, code, label) for (system, code), label in coarse.items()
    )
