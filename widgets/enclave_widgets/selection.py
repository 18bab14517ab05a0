"""What a visitor has chosen, as a value that can only become a question.

Whatever arrives from a browser is attacker-controlled: a widget's own limits are none.
So every change goes through here and is checked against the rules of the gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from enclave.cohort.population import Observed
from enclave.cohort.question import AgeRange, Population, Question, VariableWindow
from enclave.disclosure.policy import Grammar
from enclave_widgets.chosen import (
    ChosenCode,
    ChosenCriterion,
    ChosenValue,
    Window,
    checked_value,
    checked_window,
    coarse_code,
    one_of,
    same_code,
)
from enclave_widgets.kept import KeptCriterion, KeptError


Sex = Literal["female", "male"]
Chosen = ChosenCriterion | KeptCriterion

MAXIMUM_CODES = 20
MAXIMUM_VARIABLES = 100
EVERYBODY = Population()
INDEX = -1  # the place of the index event; criteria have the places 0, 1, and so on


@dataclass(frozen=True)
class Selection:
    """Everything chosen; each change returns a new selection or raises ValueError.

    Attributes
    ----------
    grammar
        What may be asked.
    age_on
        The day on which age is taken: a 1 January.
    age_from, age_to
        Completed years, both included; ``None`` for no limit.
    age_at_index
        Whether age is taken on the day of the index event instead.
    index
        The index event: the first of its kind is day zero of every window.
    variables
        What is asked for about each patient, written ``table.variable``.
    population, variable_windows, index_rule, index_observed
        What was asked elsewhere beside sex and age, and is kept.
    """

    grammar: Grammar
    age_on: date
    sex: Sex | None = None
    age_from: int | None = None
    age_to: int | None = None
    age_at_index: bool = False
    index: Chosen | None = None
    criteria: tuple[Chosen, ...] = ()
    variables: tuple[str, ...] = ()
    population: Population = EVERYBODY
    variable_windows: tuple[VariableWindow, ...] | None = None
    index_rule: Literal["first_that_fits"] | None = None
    index_observed: Observed | None = None

    @property
    def ages_to(self) -> tuple[int, ...]:
        """Ages at which a range may end."""
        return tuple(age - 1 for age in self.grammar.ages)

    @property
    def parts(self) -> int:
        """How many predicates the question has, as the gate counts them."""
        events = [*self.criteria, *([self.index] if self.index else [])]
        return (
            (self.sex is not None)
            + self._has_age()
            + sum(one is not None for _, one in self.population)
            + sum(len(event.systems) for event in events)
        )

    @property
    def about_index(self) -> bool:
        """Whether it was said elsewhere which event is the index event."""
        return self.index_rule is not None or self.index_observed is not None

    @property
    def is_full(self) -> bool:
        """Whether no more criteria can be added."""
        return self.parts >= self.grammar.predicates

    @property
    def labels(self) -> dict[str, str]:
        """What the chosen codes (``SKS:DE11``) are called."""
        return {f"{code.system}:{code.code}": code.label for code in self.codes}

    @property
    def codes(self) -> tuple[ChosenCode, ...]:
        """Every chosen code, that of the index event first."""
        events = [*([self.index] if self.index else []), *self.criteria]
        return tuple(code for event in events for code in event.codes)

    def at(self, place: int) -> Chosen:
        """Return what stands at a place."""
        if place == INDEX and self.index is not None:
            return self.index
        if 0 <= place < len(self.criteria):
            return self.criteria[place]
        raise ValueError("nothing stands there")

    def with_sex(self, sex: object) -> "Selection":
        """Choose a sex, or ``None`` for all."""
        menu: tuple[Sex | None, ...] = (None, "female", "male")
        return self._bounded(replace(self, sex=one_of(menu, sex)))

    def with_ages(self, age_from: object, age_to: object) -> "Selection":
        """Choose where the age range begins and ends."""
        if self.population.age:
            raise KeptError("the age was asked elsewhere")
        first = one_of((None, *self.grammar.ages), age_from)
        last = one_of((None, *self.ages_to), age_to)
        return self._bounded(replace(self, age_from=first, age_to=last))

    def with_age_at_index(self, at_index: object) -> "Selection":
        """Choose the day on which age is taken."""
        if one_of((False, True), at_index) and self.index is None:
            raise ValueError("there is no index event")
        return replace(self, age_at_index=bool(at_index))

    def coarse(self, system: str, code: str) -> str | None:
        """Return a code as coarse as it may be asked; ``None`` if it may not be."""
        return coarse_code(self.grammar, system, code)

    def has_values(self, place: int) -> bool:
        """Whether what stands at a place may have measured values.

        Systems with levels hold diagnoses, procedures and medicines.
        """
        at = self.at(place)
        return isinstance(at, ChosenCriterion) and all(
            self.grammar.code_systems[one] == "exact" for one in at.systems
        )

    def with_criterion(self, code: ChosenCode) -> "Selection":
        """Add a criterion."""
        self._check(code)
        if any(
            one.present and same_code(code, one.codes) and not one.value
            for one in self.criteria
        ):
            raise ValueError("this code is there already")
        return self._bounded(
            replace(self, criteria=(*self.criteria, ChosenCriterion((code,))))
        )

    def with_index(self, code: ChosenCode) -> "Selection":
        """Choose the index event."""
        self._check(code)
        return self._bounded(replace(self, index=ChosenCriterion((code,))))

    def with_alternative(self, place: int, code: ChosenCode) -> "Selection":
        """Let another code do as well."""
        self._check(code)
        before = self._changeable(place)
        if same_code(code, before.codes) or len(before.codes) >= MAXIMUM_CODES:
            raise ValueError("this code is there already, or there are too many")
        if place == INDEX and code.system not in before.systems:
            raise ValueError("the index event has codes of one system")
        changed = replace(before, codes=(*before.codes, code))
        return self._bounded(self._put(place, changed))

    def without_code(self, place: int, number: int) -> "Selection":
        """Take one code out; with the last one goes the criterion."""
        before = self._changeable(place)
        codes = tuple(code for n, code in enumerate(before.codes) if n != number)
        changed = replace(before, codes=codes)
        return self._put(place, changed) if codes else self.without(place)

    def without(self, place: int) -> "Selection":
        """Take a criterion out; with the index event go the windows."""
        self.at(place)
        if place != INDEX:
            others = tuple(one for n, one in enumerate(self.criteria) if n != place)
            return replace(self, criteria=others)
        counted = any(one.needs_index for one in (self.population, *self.criteria))
        if counted or self.about_index or self.variable_windows:
            raise KeptError("something that is kept counts from the index event")
        timeless = tuple(replace(one, window=None) for one in self.criteria)
        return replace(self, index=None, age_at_index=False, criteria=timeless)

    def without_kept(self) -> "Selection":
        """Take out what was asked elsewhere beside the criteria."""
        names = ("variable_windows", "index_rule", "index_observed")
        kept: dict[str, Any] = dict.fromkeys(names)
        return replace(self, population=EVERYBODY, **kept)

    def with_variables(self, names: Sequence[str]) -> "Selection":
        """Choose what is asked for about each patient."""
        windows = self.variable_windows or ()
        if len(names) > MAXIMUM_VARIABLES:
            raise ValueError("too many variables")
        kept = tuple(window for window in windows if window.variable in names)
        return replace(self, variables=tuple(names), variable_windows=kept or None)

    def moved(self, place: int, by: int) -> "Selection":
        """Let a criterion and its neighbour change places."""
        other = place + by
        criteria = list(self.criteria)
        if abs(by) != 1 or not all(0 <= n < len(criteria) for n in (place, other)):
            raise ValueError("nothing stands there")
        criteria[place], criteria[other] = criteria[other], criteria[place]
        return replace(self, criteria=tuple(criteria))

    def with_presence(self, place: int, present: object) -> "Selection":
        """Say whether patients must have it, or must not."""
        if place == INDEX or not isinstance(present, bool):
            raise ValueError("must have it, or must not")
        return self._put(place, replace(self._changeable(place), present=present))

    def with_value(self, place: int, value: ChosenValue | None) -> "Selection":
        """Compare the measured value, or ask for any."""
        if value is not None:
            if not self.has_values(place):
                raise ValueError("these have no values")
            value = checked_value(value, self.grammar)
        return self._put(place, replace(self._changeable(place), value=value))

    def with_window(self, place: int, window: Window | None) -> "Selection":
        """Say when it must be, counted from the index event."""
        if window is not None and (place == INDEX or self.index is None):
            raise ValueError("there is no index event")
        window = window and checked_window(window, self.grammar)
        return self._put(place, replace(self._changeable(place), window=window))

    def with_labels(self, labels: Mapping[tuple[str, str], str]) -> "Selection":
        """Call codes something else; what is asked stays the same."""
        return replace(
            self,
            index=self.index.named(labels) if self.index else None,
            criteria=tuple(one.named(labels) for one in self.criteria),
        )

    def question(self) -> Question:
        """Return what is asked.

        Raises
        ------
        ValueError
            If the age range ends before it begins.
        """
        age = self.population.age
        if self._has_age():
            age = AgeRange(
                minimum=self.age_from,
                maximum=self.age_to,
                at="index" if self.age_at_index else self.age_on,
            )
        return Question(
            population=self.population.model_copy(update={"sex": self.sex, "age": age}),
            index=self.index.events(self.grammar)[0] if self.index else None,
            criteria=tuple(one.criterion(self.grammar) for one in self.criteria),
            variables=self.variables,
            variable_windows=self.variable_windows,
            index_rule=self.index_rule,
            index_observed=self.index_observed,
        )

    def _has_age(self) -> bool:
        return {self.age_from, self.age_to} != {None}

    def _check(self, code: ChosenCode) -> None:
        if self.coarse(code.system, code.code) != code.code:
            raise ValueError("this code cannot be added")

    def _changeable(self, place: int) -> ChosenCriterion:
        found = self.at(place)
        if isinstance(found, KeptCriterion):
            raise KeptError("what stands there is kept as it is")
        return found

    def _bounded(self, chosen: "Selection") -> "Selection":
        # A question from elsewhere may have more parts: it may become smaller.
        if chosen.parts > max(self.grammar.predicates, self.parts):
            raise ValueError("too many parts for one question")
        return chosen

    def _put(self, place: int, criterion: ChosenCriterion) -> "Selection":
        if place == INDEX:
            return replace(self, index=criterion)
        criteria = list(self.criteria)
        criteria[place] = criterion
        return replace(self, criteria=tuple(criteria))
