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
    Criterion,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.danish import DANISH
from enclave.cohort.english import ENGLISH
from enclave.cohort.event_phrases import EventPhrases, window_phrase
from enclave.cohort.phrases import persons
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
        lines.append(words.index.format(event=writer.index_event(question.index)))
    if question.criteria:
        lines.append(words.criteria)
        lines.extend(writer.numbered(question.criteria))
    if question.variables:
        variables = ", ".join(writer.events.named(name) for name in question.variables)
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

    def index_event(self, criterion: EventCriterion) -> str:
        """Say which event is time zero."""
        phrase = self.events.words.picked[criterion.pick or "first"]
        return phrase.format(what=self.events.marks(criterion))

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
            case EventCriterion() | Within():
                return self._event(criterion), ()

    def _negated(self, meant: Criterion) -> tuple[str, tuple[Criterion, ...]]:
        words = self.events.words
        match meant:
            case AllOf(criteria=parts):
                return words.not_all_of, parts
            case AnyOf(criteria=parts):
                return words.none_of, parts
            case EventCriterion() | Within() if _counts(meant):
                return self._event(meant, negated=True), ()
            case _:
                return words.not_, (meant,)

    def _event(
        self, criterion: EventCriterion | Within, *, negated: bool = False
    ) -> str:
        words, event, window = self.events.words, _of(criterion), None
        if isinstance(criterion, Within):
            window = window_phrase(criterion, words)
        if event.pick is not None:
            phrase = words.picked[event.pick]
        elif event.at_least_days is not None:
            both = event.at_least > 1
            phrase = words.events_and_days if both else words.events_on_days
        elif event.at_least == 1:
            phrase = words.no_event if negated else words.an_event
        else:
            phrase = words.fewer_events if negated else words.events
        what = self.events.marks(event, window)
        return phrase.format(number=event.at_least, days=event.at_least_days, what=what)


def _of(criterion: EventCriterion | Within) -> EventCriterion:
    return criterion.criterion if isinstance(criterion, Within) else criterion


def _counts(criterion: EventCriterion | Within) -> bool:
    """Whether "none" and "fewer than" say the opposite."""
    event = _of(criterion)
    return event.pick is None and event.at_least_days is None
