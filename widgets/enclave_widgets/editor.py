"""Where a visitor says which patients are meant."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, VBox, Widget

from enclave_widgets import markup
from enclave_widgets.client import FoundCode, PortalClient
from enclave_widgets.code_search import CodeSearch, coarse_codes
from enclave_widgets.selection import ChosenCode, Selection
from enclave_widgets.words import WORDS, Language


# A drop-down shows nothing for None.
EVERY = ""


class Editor:
    """Sex, age and codes, as a :class:`Selection` that changes.

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
        changed: Callable[[Selection], None],
    ) -> None:
        self._words = WORDS[language]
        self._changed = changed
        self.selection = selection
        self.sex = self._sex_menu()
        self.age_from = self._age_menu(
            self._words.age_from, selection.ages_from, selection.age_from
        )
        self.age_to = self._age_menu(
            self._words.age_to, selection.ages_to, selection.age_to
        )
        self.search = CodeSearch(client, language, lambda: self.selection, self._add)
        self.chosen = VBox()
        self.chosen.add_class("enc-list")
        self._full = HTML()
        self.view = VBox([self._population_card(), self._criteria_card()])
        self.view.add_class("enc-column")
        self.sex.observe(self._sex_chosen, "value")
        for menu in (self.age_from, self.age_to):
            menu.observe(self._ages_chosen, "value")
        self._draw_codes()

    def rename(self, found: Sequence[FoundCode]) -> None:
        """Call the chosen codes what the catalogue calls them now."""
        labels = {
            (code.system, code.code): code.label
            for code in coarse_codes(found, self.selection)
        }
        self.selection = self.selection.with_labels(labels)
        self._draw_codes()

    def _sex_menu(self) -> Dropdown:
        options = zip(self._words.sexes, (EVERY, "female", "male"), strict=True)
        return Dropdown(
            description=self._words.sex,
            options=list(options),
            value=self.selection.sex or EVERY,
        )

    def _age_menu(
        self, name: str, ages: tuple[int, ...], chosen: int | None
    ) -> Dropdown:
        options = [(self._words.no_limit, EVERY), *((str(age), age) for age in ages)]
        return Dropdown(
            description=name,
            options=options,
            value=EVERY if chosen is None else chosen,
        )

    def _population_card(self) -> VBox:
        year = self.selection.age_on.year
        ages = HBox([self.age_from, self.age_to])
        ages.add_class("enc-row")
        age_on = HTML(markup.note(self._words.age_on.format(year=year)))
        return card(
            HTML(markup.heading(self._words.population)), self.sex, age_on, ages
        )

    def _criteria_card(self) -> VBox:
        return card(
            HTML(markup.heading(self._words.criteria)),
            HTML(markup.note(self._words.criteria_hint)),
            self.chosen,
            self._full,
            self.search.view,
        )

    def _sex_chosen(self, change: dict[str, Any]) -> None:
        self._take(partial(self.selection.with_sex, _chosen(change["new"])))

    def _ages_chosen(self, _change: dict[str, Any]) -> None:
        ages = _chosen(self.age_from.value), _chosen(self.age_to.value)
        self._take(partial(self.selection.with_ages, *ages))

    def _add(self, code: ChosenCode) -> None:
        self._take(partial(self.selection.with_code, code))
        self.search.clear()

    def _take(self, change: Callable[[], Selection]) -> None:
        """Make a change, unless what came from the browser cannot be chosen."""
        try:
            self.selection = change()
        except ValueError:
            return
        self._draw_codes()
        self._changed(self.selection)

    def _draw_codes(self) -> None:
        rows = [
            self._chosen_row(number, code)
            for number, code in enumerate(self.selection.codes)
        ]
        before = self.chosen.children
        self.chosen.children = rows or [HTML(markup.note(self._words.no_criteria))]
        close_all(before)
        full = self.selection.is_full
        self._full.value = markup.note(self._words.full) if full else ""
        self.search.view.layout.display = "none" if full else None

    def _chosen_row(self, number: int, code: ChosenCode) -> HBox:
        presence = Dropdown(
            description=code.code,
            options=[(self._words.must, True), (self._words.must_not, False)],
            value=code.present,
        )
        presence.observe(
            lambda change: self._take(
                partial(self.selection.with_presence, number, change["new"])
            ),
            "value",
        )
        remove = Button(
            description=self._words.remove, tooltip=f"{self._words.remove} {code.code}"
        )
        remove.on_click(
            lambda _: self._take(partial(self.selection.without_code, number))
        )
        row = HBox([HTML(markup.code(code.code, code.label)), presence, remove])
        row.add_class("enc-chosen")
        return row


def _chosen(value: object) -> object:
    return None if value == EVERY else value


def card(*children: Any) -> VBox:
    """Put widgets into a frame of their own."""
    box = VBox(list(children))
    box.add_class("enc-card")
    return box


def close_all(widgets: Sequence[Widget]) -> None:
    """Let go of widgets and all inside them, which nobody will see again."""
    for widget in widgets:
        close_all(getattr(widget, "children", ()))
        widget.close()
