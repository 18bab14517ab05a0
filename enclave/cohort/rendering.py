"""A question in plain English or Danish, for a reviewer to read and sign.

The text is made from the question and says all of it, so that a signature under the
text is a signature under the question. What a code is called stands in brackets behind
it and never instead of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    During,
    EventCriterion,
    Not,
    SameContact,
    Sequence,
    Within,
)
from enclave.cohort.danish import DANISH
from enclave.cohort.english import ENGLISH
from enclave.cohort.event_phrases import EventPhrases
from enclave.cohort.phrases import days_observed, persons, window
from enclave.cohort.question import Question
from enclave.cohort.wording import Language, Wording


WORDINGS: dict[Language, Wording] = {"en": ENGLISH, "da": DANISH}


def describe(
    question: Question, language: Language, labels: Mapping[str, str] | None = None
) -> str:
    """Write a question as text, one line per statement.

    Parameters
    ----------
    labels
        What codes (``SKS:DE11``), tables (``lab``) and variables (``lab.value``) are
        called in that language; :func:`enclave.cohort.labels.labels_of` takes them from
        a catalogue. What has no label is shown by its name alone.
    """
    words, writer = WORDINGS[language], Writer.of(language, labels)
    lines = [words.population.format(persons=persons(question.population, words))]
    if question.index is not None:
        lines.append(words.index.format(event=writer.index_event(question)))
    if question.criteria:
        lines.append(words.criteria)
        lines.extend(writer.numbered(question.criteria))
    if question.variables:
        variables = ", ".join(writer.variables(question))
        lines.append(words.variables.format(variables=variables))
    return "\n".join(lines)


@dataclass(frozen=True)
class Writer:
    """Writes criteria, as a numbered outline or each in one line."""

    events: EventPhrases

    @classmethod
    def of(cls, language: Language, labels: Mapping[str, str] | None) -> "Writer":
        """Take up one language."""
        return cls(EventPhrases(WORDINGS[language], labels or {}))

    def index_event(self, question: Question) -> str:
        """Say which event is time zero, in a question that has one."""
        words, index = self.events.words, question.index
        assert index is not None  # noqa: S101 - as the docstring asks
        said = words.picked[index.pick or "first"].format(what=self.events.marks(index))
        if question.index_observed is not None:
            period = days_observed(question.index_observed, words.this_event, words)
            said = words.index_observed.format(event=said, period=period)
        if question.index_rule is not None:
            said = words.index_that_fits.format(event=said)
        return said

    def variables(self, question: Question) -> Iterator[str]:
        """Name the variables, each with the days on which it is asked for."""
        words = self.events.words
        windows = {each.variable: each for each in question.variable_windows or ()}
        for name in question.variables:
            said = self.events.named(name)
            if name in windows:
                ends = windows[name].from_days, windows[name].to_days
                said += f" [{window(*ends, words.the_index_event, words)}]"
            yield said

    def numbered(
        self, criteria: tuple[Criterion, ...], above: str = ""
    ) -> Iterator[str]:
        """Write criteria as an outline: 1., then 1.1. and 1.2. for what it holds."""
        for count, criterion in enumerate(criteria, start=1):
            number = f"{above}{count}."
            indent = "   " * above.count(".")
            head, parts = self._head(criterion)
            yield f"{indent}{number} {head}{':' if parts else '.'}"
            yield from self.numbered(parts, number)

    def in_one_line(self, criterion: Criterion) -> str:
        """Write a criterion with what it holds in brackets."""
        head, parts = self._head(criterion)
        if not parts:
            return head
        return f"{head} ({'; '.join(self.in_one_line(part) for part in parts)})"

    def _head(self, criterion: Criterion) -> tuple[str, tuple[Criterion, ...]]:
        """Return the words for a criterion, and the criteria to list below them."""
        words = self.events.words
        match criterion:
            case Not(criterion=meant):
                return self._negated(meant)
            case AllOf(criteria=parts):
                return words.all_of, parts
            case AnyOf(criteria=parts):
                return words.any_of, parts
            case AtLeastOf(criteria=parts):
                return words.at_least_of.format(number=criterion.number), parts
            case Sequence(steps=parts):
                phrase = words.sequence
                if criterion.to_days is None:
                    phrase = words.sequence_open
                return phrase.format(**criterion.model_dump()), parts
            case _:
                return self._related(criterion), ()

    def _negated(self, meant: Criterion) -> tuple[str, tuple[Criterion, ...]]:
        words = self.events.words
        match meant:
            case AllOf(criteria=parts):
                return words.not_all_of, parts
            case AnyOf(criteria=parts):
                return words.none_of, parts
            case EventCriterion() if _counts(meant):
                return self._event(meant, negated=True), ()
            case Within() if _counts(meant.criterion):
                return self._within(meant, negated=True), ()
            case _:
                return words.not_, (meant,)

    def _related(
        self, criterion: EventCriterion | Within | Around | During | SameContact
    ) -> str:
        match criterion:
            case EventCriterion():
                return self._event(criterion)
            case Within():
                return self._within(criterion)
        words = self.events.words
        is_during = isinstance(criterion, During)
        days = words.during if is_during else words.same_contact
        if isinstance(criterion, Around):
            ends = criterion.from_days, criterion.to_days
            days = window(*ends, words.the_other_event, words)
        return words.other_event.format(
            event=self._event(criterion.criterion, days),
            other=self._event(criterion.anchor),
        )

    def _within(self, criterion: Within, *, negated: bool = False) -> str:
        words, ends = self.events.words, (criterion.from_days, criterion.to_days)
        days = window(*ends, words.the_index_event, words)
        if criterion.observed:
            days = words.same_observation.format(days=days)
        return self._event(criterion.criterion, days, negated=negated)

    def _event(
        self, event: EventCriterion, days: str | None = None, *, negated: bool = False
    ) -> str:
        words = self.events.words
        if event.pick is not None:
            phrase = words.picked[event.pick]
        elif event.at_least_days is not None:
            both = event.at_least > 1
            phrase = words.events_and_days if both else words.events_on_days
        elif event.at_least == 1:
            phrase = words.no_event if negated else words.an_event
        else:
            phrase = words.fewer_events if negated else words.events
        what = self.events.marks(event, days)
        return phrase.format(number=event.at_least, days=event.at_least_days, what=what)


def _counts(event: EventCriterion) -> bool:
    """Whether "none" and "fewer than" say the opposite."""
    return event.pick is None and event.at_least_days is None
