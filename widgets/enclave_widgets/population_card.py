"""Where a visitor says who is meant, before anything happened to them."""

from collections.abc import Callable
from typing import Any

from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.criterion_row import Change
from enclave_widgets.kept import population_in_words
from enclave_widgets.plain import HTML, Button, Dropdown, HBox, show
from enclave_widgets.selection import Selection
from enclave_widgets.words import WORDS, Language


# A drop-down shows nothing for None.
EVERY = ""


class PopulationCard:
    """Sex and age.

    Parameters
    ----------
    take
        Called with each change that the visitor wants.
    """

    def __init__(
        self,
        language: Language,
        selection: Selection,
        take: Callable[[Change], None],
    ) -> None:
        words = self._words = WORDS[language]
        self._language: Language = language
        self._take = take
        self._showing = False
        self.sex = Dropdown(
            description=words.sex,
            options=list(zip(words.sexes, (EVERY, "female", "male"), strict=True)),
        )
        self.age_from = self._age_menu(words.age_from, selection.grammar.ages)
        self.age_to = self._age_menu(words.age_to, selection.ages_to)
        self.age_when = Dropdown(description=words.age_when, options=[])
        self.sex.observe(self._sex_chosen, "value")
        for menu in (self.age_from, self.age_to):
            menu.observe(self._ages_chosen, "value")
        self.age_when.observe(self._day_chosen, "value")
        self.kept = HTML()
        self.leave_out = Button(description=words.leave_out)
        self.leave_out.on_click(lambda _: take(lambda now: now.without_kept()))
        self._kept = HBox([self.kept, self.leave_out])
        self._kept.add_class("enc-small")
        # From and to stay beside each other, however narrow the card is.
        row = HBox([self.age_from, self.age_to, self.age_when])
        row.add_class("enc-row")
        self.view = card(
            HTML(markup.heading(words.population)), self.sex, row, self._kept
        )

    def show(self, selection: Selection) -> None:
        """Show who is meant."""
        self._showing = True
        self.sex.value = selection.sex or EVERY
        self.age_from.value = _shown(selection.age_from)
        self.age_to.value = _shown(selection.age_to)
        options = [(self._words.age_on.format(year=selection.age_on.year), False)]
        if selection.index:
            options.append((self._words.age_at_index, True))
        if self.age_when.options != tuple(options):
            self.age_when.options = options
        self.age_when.value = selection.age_at_index
        self._show_kept(selection)
        self._showing = False

    def _show_kept(self, selection: Selection) -> None:
        """Say what was asked elsewhere, and close the controls that it replaces."""
        said = population_in_words(selection.population, self._language)
        windows = bool(selection.variable_windows)
        parts = [said] if said else []
        parts += [self._words.kept_windows] if windows else []
        parts += [self._words.kept_index] if selection.about_index else []
        self.kept.value = (
            markup.note(f"{self._words.kept}: {'; '.join(parts)}") if parts else ""
        )
        show(self._kept, when=bool(parts))
        for menu in (self.age_from, self.age_to, self.age_when):
            menu.disabled = selection.population.age is not None

    def _age_menu(self, name: str, ages: tuple[int, ...]) -> Dropdown:
        return Dropdown(
            description=name,
            options=[
                (self._words.no_limit, EVERY),
                *((str(age), age) for age in ages),
            ],
        )

    def _sex_chosen(self, change: dict[str, Any]) -> None:
        if not self._showing:
            sex = _chosen(change["new"])
            self._take(lambda now: now.with_sex(sex))

    def _ages_chosen(self, _change: dict[str, Any]) -> None:
        if not self._showing:
            first, last = _chosen(self.age_from.value), _chosen(self.age_to.value)
            self._take(lambda now: now.with_ages(first, last))

    def _day_chosen(self, change: dict[str, Any]) -> None:
        if not self._showing:
            at_index = change["new"]
            self._take(lambda now: now.with_age_at_index(at_index))


def _chosen(value: object) -> object:
    return None if value == EVERY else value


def _shown(age: int | None) -> int | str:
    return EVERY if age is None else age
