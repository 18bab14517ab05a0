"""Where a visitor says which patients are meant."""

from collections.abc import Callable, Sequence

from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.chosen import ChosenCode
from enclave_widgets.client import FoundCode, PortalClient
from enclave_widgets.code_search import NEW, NEW_INDEX, CodeSearch, Target, coarse_codes
from enclave_widgets.criterion_row import Change, CriterionRow
from enclave_widgets.history import History
from enclave_widgets.kept import KeptError
from enclave_widgets.plain import HTML, Button, HBox, VBox
from enclave_widgets.population_card import PopulationCard
from enclave_widgets.selection import INDEX, Selection
from enclave_widgets.words import WORDS, Language


class Editor:
    """Sex, age, an index event and criteria, as a :class:`Selection` that changes.

    Parameters
    ----------
    changed
        Called with the new selection after each change.
    """

    def __init__(
        self,
        client: PortalClient,
        language: Language,
        selection: Selection,
        history: History,
        changed: Callable[[Selection], None],
    ) -> None:
        self._language: Language = language
        self._words = WORDS[language]
        self._changed = changed
        self.selection = selection
        self.history = history
        self.population = PopulationCard(language, selection, self.take)
        self.search = CodeSearch(client, language, lambda: self.selection, self._add)
        self.index_row = self._row(INDEX)
        self.rows: list[CriterionRow] = []
        self._no_index = HTML(markup.note(self._words.no_index))
        self._none = HTML(markup.note(self._words.no_criteria))
        self._index_box, self.chosen = VBox(), VBox()
        self.message = HTML()
        self.message.add_class("enc-live")
        self.chosen.add_class("enc-list")
        self.view = VBox([self._toolbar(), self.population.view, self._criteria_card()])
        self.view.add_class("enc-column")
        self.show()

    @property
    def problem(self) -> str:
        """What has to be mended before anything can be asked; empty if nothing."""
        timed = [self.index_row] if self.selection.index else []
        rows = [*timed, *self.rows[: len(self.selection.criteria)]]
        return next((row.problem for row in rows if row.problem), "")

    def take(self, change: Change) -> None:
        """Make a change, unless what came from the browser cannot be chosen."""
        before = self.selection
        try:
            self.selection = change(before)
        except ValueError as error:
            kept = isinstance(error, KeptError)
            words = self._words.kept_first if kept else self._words.full
            self.message.value = markup.alarm(words)
            self.show()
            return
        self.message.value = ""
        if self.selection != before:
            self.history.note(before)
        self.show()
        if len(self.selection.codes) < len(before.codes):
            # The button that was pressed may be gone.
            self.search.text.focus()
        self._changed(self.selection)

    def rename(self, found: Sequence[FoundCode]) -> None:
        """Call the chosen codes what the catalogue calls them now."""
        labels = {code.key: code.label for code in coarse_codes(found, self.selection)}
        self.selection = self.selection.with_labels(labels)
        self.show()

    def show(self) -> None:
        """Show what is chosen now."""
        now = self.selection
        self.population.show(now)
        self.search.show(now)
        while len(self.rows) < len(now.criteria):
            self.rows.append(self._row(len(self.rows)))
        shown = self.rows[: len(now.criteria)]
        for row in (self.index_row, *self.rows):
            if row in shown or (row is self.index_row and now.index):
                row.show(now)
            else:
                row.leave()
        self.chosen.children = [row.view for row in shown] or [self._none]
        self._index_box.children = [
            self.index_row.view if now.index else self._no_index
        ]
        self.undo.disabled = not self.history.can_undo
        self.redo.disabled = not self.history.can_redo

    def go(self, step: Callable[[Selection], Selection]) -> None:
        """Take a step back or forth in what was chosen."""
        self.selection = step(self.selection)
        pressed = self.undo if step == self.history.undo else self.redo
        self.show()
        if pressed.disabled:  # a button that is none any more loses the focus
            (self.redo if pressed is self.undo else self.undo).focus()
        self._changed(self.selection)

    def follow(self, before: "Editor") -> None:
        """Go on where the editor of another language stood."""
        pairs = [(self.index_row, before.index_row)]
        pairs += zip(self.rows, before.rows[: len(self.rows)], strict=True)
        for row, other in pairs:
            row.follow(other)
        self.search.text.value = before.search.text.value

    def _row(self, place: int) -> CriterionRow:
        grammar = self.selection.grammar
        return CriterionRow(place, self._language, grammar, self.take, self._move)

    def _toolbar(self) -> HBox:
        words = self._words
        self.undo = Button(description=words.undo)
        self.redo = Button(description=words.redo)
        self.start_over = Button(description=words.start_over)
        self.undo.on_click(lambda _: self.go(self.history.undo))
        self.redo.on_click(lambda _: self.go(self.history.redo))
        self.start_over.on_click(
            lambda _: self.take(lambda now: Selection(now.grammar, now.age_on))
        )
        box = HBox([self.undo, self.redo, self.start_over, self.message])
        box.add_class("enc-small")
        return box

    def _criteria_card(self) -> VBox:
        words = self._words
        return card(
            HTML(markup.heading(words.criteria)),
            self.search.view,
            HTML(
                markup.heading(words.index_event, level=3)
                + markup.note(words.index_hint)
            ),
            self._index_box,
            HTML(
                markup.heading(words.all_hold, level=3)
                + markup.note(words.criteria_hint)
            ),
            self.chosen,
        )

    def _add(self, code: ChosenCode, target: Target) -> bool:
        before = self.selection
        if target == NEW:
            self.take(lambda now: now.with_criterion(code))
        elif target == NEW_INDEX:
            self.take(lambda now: now.with_index(code))
        elif isinstance(target, int):
            row = self.index_row if target == INDEX else self.rows[target]
            self.take(row.same(lambda now: now.with_alternative(target, code)))
        return self.selection != before

    def _move(self, place: int, by: int) -> None:
        """Move a criterion, and the keyboard's focus with it."""
        before = self.selection
        self.take(lambda now: now.moved(place, by))
        if self.selection != before:
            row = self.rows[place + by]
            wished, other = (row.up, row.down) if by < 0 else (row.down, row.up)
            (other if wished.disabled else wished).focus()
