"""Parts of a question that the page shows and does not change.

A question can say more than the page has controls for: one event round another, a
sequence, at least so many of several. Such a part came in whole, from a link, from a
file or from a saved question, and it goes out as it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from enclave.cohort.phrases import clauses
from enclave.cohort.population import Population
from enclave.cohort.question import Criterion, EventCriterion, Question, Within
from enclave.cohort.rendering import WORDINGS, Writer
from enclave.cohort.traversal import walk
from enclave.disclosure.policy import Grammar
from enclave_widgets.chosen import ChosenCode, ChosenValue, Window
from enclave_widgets.words import Language


class KeptError(ValueError):
    """What is kept stands in the way of a change: it must be taken out first."""


@dataclass(frozen=True)
class KeptCriterion:
    """A criterion, or an index event, as it was written elsewhere.

    It answers what the page asks of a chosen one, and none of its controls apply.
    """

    node: Criterion
    codes: tuple[ChosenCode, ...] = ()
    present: bool = True
    value: ChosenValue | None = None
    window: Window | None = None

    @property
    def systems(self) -> tuple[str, ...]:
        """One name for each event in it: so many predicates it is."""
        return tuple(
            node.codes.system or ""
            for _, node in walk("", self.node)
            if isinstance(node, EventCriterion)
        )

    @property
    def needs_index(self) -> bool:
        """Whether something in it is counted from the index event."""
        return any(isinstance(node, Within) for _, node in walk("", self.node))

    def named(self, labels: Mapping[tuple[str, str], str]) -> "KeptCriterion":
        """Return it as it is: its codes are not on the page."""
        del labels
        return self

    def criterion(self, grammar: Grammar) -> Criterion:
        """Return it as it came."""
        del grammar
        return self.node

    def events(self, grammar: Grammar) -> tuple[EventCriterion, ...]:
        """Return it, where it is one event."""
        del grammar
        return (self.node,) if isinstance(self.node, EventCriterion) else ()


def kept_in_words(kept: KeptCriterion, language: Language, *, index: bool) -> str:
    """Say what a kept criterion, or a kept index event, asks."""
    writer = Writer.of(language, None)
    if index and isinstance(kept.node, EventCriterion):
        return writer.index_event(Question(index=kept.node))
    said = writer.in_one_line(kept.node)
    return f"{said[0].upper()}{said[1:]}."


def population_in_words(population: Population, language: Language) -> str:
    """Say what is kept of a population."""
    return "; ".join(clauses(population, WORDINGS[language]))
