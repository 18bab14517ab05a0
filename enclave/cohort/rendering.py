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
        return self.events.words.first_event.format(what=self.events.marks(criterion))

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
        negated = isinstance(criterion, Not)
        meant = criterion.criterion if isinstance(criterion, Not) else criterion
        match meant:
            case AllOf(criteria=parts):
                return words.not_all_of if negated else words.all_of, parts
            case AnyOf(criteria=parts):
                return words.none_of if negated else words.any_of, parts
            case Not():
                return words.not_, (meant,)
            case EventCriterion() | Within():
                return self._event(meant, negated=negated), ()

    def _event(self, criterion: EventCriterion | Within, *, negated: bool) -> str:
        words = self.events.words
        if isinstance(criterion, Within):
            event, window = criterion.criterion, window_phrase(criterion, words)
        else:
            event, window = criterion, ""
        if event.at_least == 1:
            phrase = words.no_event if negated else words.an_event
        else:
            phrase = words.fewer_events if negated else words.events
        what = self.events.marks(event) + window
        return phrase.format(number=event.at_least, what=what)
