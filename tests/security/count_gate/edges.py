"""Attacks 13 to 15 and 27: where an answer changes."""

from itertools import islice

from tests.builders.disclosure import any_of, event, question
from tests.security.count_gate.case import Case, Finding, mean
from tests.security.count_gate.patients import KNOWN_CODES


def boundary(case: Case) -> Finding:
    """13: add known persons to the victim, one by one, until a number is shown."""
    for number in range(1, 41):
        decoys = event(*KNOWN_CODES[:number])
        answer = case.ask(question(any_of(decoys, case.target)))
        if answer:
            return Finding(-number)
    return Finding(-41)


def rounding_edge(case: Case) -> Finding:
    """14: find where a crowd is rounded up, go back one, and add the victim."""
    flips = []
    for crowd in islice(case.crowds, 3):
        before = case.ask(question(crowd))
        for number in range(1, 12):
            answer = case.ask(question(any_of(crowd, event(*KNOWN_CODES[:number]))))
            if None in (before, answer):
                break
            if answer != before:
                decoys = event(*KNOWN_CODES[: number - 1]) if number > 1 else crowd
                added = case.ask(question(any_of(crowd, decoys, case.target)))
                flips.append(added is not None and added != before)
                break
    return Finding(mean(flips))


def zero_or_few(case: Case) -> Finding:
    """15: is anybody there at all?"""
    covers = islice(case.covers(), 20)
    answers = [case.ask(question(case.target, cover)) for cover in covers]
    return Finding(mean([answer for answer in answers if answer is not None]))


def middle_and_beginning(case: Case) -> Finding:
    """27: let the victim be the middle one of known persons, and the earliest of all.

    With a crowd the answer is shown, and is moved to its edge by known persons who
    begin early as well.
    """
    scores = []
    for number in range(10, 61, 10):
        decoys = event(*KNOWN_CODES[:number])
        for crowd in (None, *islice(case.crowds, 2)):
            parts = [part for part in (crowd, decoys, case.target) if part]
            told = case.extent(question(any_of(*parts)))
            if told is not None:
                first = LATE if told.first_year is None else told.first_year
                scores.append(LATE - first + (told.median == MIDDLE))
    return Finding(mean(scores))


# No victim's results begin so late; so many they have.
LATE, MIDDLE = 2020, 12
