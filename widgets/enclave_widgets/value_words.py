"""Numbers and times as people write them."""

import math
import re

from enclave_widgets.chosen import Window
from enclave_widgets.vocabulary import Words
from enclave_widgets.words import Language


LONGEST_NUMBER = 20
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")


def number(text: str) -> float | None:
    """Read a number with a decimal point or comma; ``None`` if it is none."""
    text = text.strip()
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    read = float(text.replace(",", "."))
    return read if math.isfinite(read) else None


def written(value: float, language: Language) -> str:
    """Write a number as that language does."""
    text = f"{value:.12g}"
    return text.replace(".", ",") if language == "da" else text


def window(chosen: Window | None, words: Words) -> str:
    """Say when something must be, from the index event on."""
    if chosen is None:
        return words.any_time
    first, last = chosen.from_days, chosen.to_days
    open_ended = {
        (None, -1): words.before_index,
        (0, None): words.from_index,
        (1, None): words.after_index,
    }
    if (first, last) in open_ended:
        return open_ended[first, last]
    if first is None or last is None or first == last:
        return words.days_between.format(first=_day(first), last=_day(last))
    phrase = {
        last == -1: words.days_before,
        first == -last: words.days_around,
        first == 0: words.days_from,
        first == 1: words.days_after,
    }.get(True, words.days_between)
    days = -first if last == -1 else last
    return phrase.format(days=days, first=first, last=last)


def _day(day: int | None) -> str:
    return "…" if day is None else str(day)
