"""What might show a hidden number: the same question, a little wider.

Read off the question alone. Whether a wider one is shown only its count can tell, and
that costs as much as any other.
"""

from collections.abc import Callable, Iterator
from functools import partial

from enclave_widgets.selection import Selection
from enclave_widgets.vocabulary import Words


Wider = tuple[str, Callable[[Selection], Selection]]


def widenings(selection: Selection, words: Words) -> list[Wider]:
    """Return ways to widen a question, each with what to call it."""
    return [*_population(selection, words), *_criteria(selection, words)]


def _population(selection: Selection, words: Words) -> Iterator[Wider]:
    if selection.age_from is not None or selection.age_to is not None:
        yield words.all_ages, lambda now: now.with_ages(None, None)
    if selection.sex is not None:
        yield words.all_sexes, lambda now: now.with_sex(None)


def _criteria(selection: Selection, words: Words) -> Iterator[Wider]:
    for place, one in enumerate(selection.criteria):
        number = place + 1
        if one.value:
            said = words.whatever_value.format(number=number)
            yield said, partial(_any_value, place)
        if one.window:
            said = words.whatever_time.format(number=number)
            yield said, partial(_any_time, place)
        code = one.codes[0].code if one.codes else "…"
        said = words.without.format(number=number, code=code)
        yield said, partial(_without, place)


def _any_value(place: int, now: Selection) -> Selection:
    return now.with_value(place, None)


def _any_time(place: int, now: Selection) -> Selection:
    return now.with_window(place, None)


def _without(place: int, now: Selection) -> Selection:
    return now.without(place)
