"""The steps of a question: how it narrows from everybody to the cohort."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from enclave.cohort.criteria import Criterion
from enclave.cohort.phrases import clauses, persons
from enclave.cohort.population import Population
from enclave.cohort.question import Question
from enclave.cohort.rendering import Writer


class QuestionStep(NamedTuple):
    """A question that asks for everything up to this step, and what the step adds."""

    label_en: str
    label_da: str
    question: Question


def steps(question: Question) -> list[QuestionStep]:
    """Split a question into questions that each ask for one thing more.

    The first asks for everybody, the last is the question itself. Persons come before
    the index event, what is asked on its day after it, criteria last and in their own
    order.
    """
    english, danish = Writer.of("en", None), Writer.of("da", None)
    found = [
        QuestionStep(_capital(said(english)), _capital(said(danish)), narrowed)
        for narrowed, said in _narrowed(question)
    ]
    # The last one asks for the variables too: it is the question, with its digest.
    found[-1] = found[-1]._replace(question=question)
    return found


def _narrowed(question: Question) -> Iterator[tuple[Question, Callable[[Writer], str]]]:
    parts = _parts(question.population)
    now = Question()
    yield now, lambda writer: writer.events.words.step_everybody
    for part in (part for part in parts if not part.needs_index):
        now = _with_part(now, part)
        yield now, partial(_say_part, part)
    if question.index is not None:
        said = question.model_copy(update={"index_rule": None})
        asked = {"index": question.index, "index_observed": question.index_observed}
        now = now.model_copy(update={**asked, "index_rule": question.index_rule})
        yield now, partial(_say_index, said)
    for part in (part for part in parts if part.needs_index):
        now = _with_part(now, part)
        yield now, partial(_say_part, part)
    for criterion in question.criteria:
        now = now.model_copy(update={"criteria": (*now.criteria, criterion)})
        yield now, partial(_say_criterion, criterion)


def _parts(population: Population) -> list[Population]:
    """Split a population into populations with one restriction each."""
    return [
        Population().model_copy(update={name: asked})
        for name, asked in population
        if asked is not None
    ]


def _with_part(question: Question, part: Population) -> Question:
    asked = {name: value for name, value in part if value is not None}
    population = question.population.model_copy(update=asked)
    return question.model_copy(update={"population": population})


def _say_part(part: Population, writer: Writer) -> str:
    words = writer.events.words
    return persons(part, words) if part.sex else clauses(part, words)[0]


def _say_index(question: Question, writer: Writer) -> str:
    return writer.events.words.step_index.format(event=writer.index_event(question))


def _say_criterion(criterion: Criterion, writer: Writer) -> str:
    return writer.in_one_line(criterion)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
