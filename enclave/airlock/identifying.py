"""What else tells who somebody is: names, addresses, places, pictures, long texts."""

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import pairwise


_STREETS = (
    "vej|gade|allé|alle|plads|stræde|vænget|vænge|parken|torv|boulevard|bakken|toften"
    "|haven|gården|stien|brogade|kaj|engen|marken|lunden|dalen|svinget|ager|krogen"
)
_ADDRESS = re.compile(rf"\b\w*(?:{_STREETS})\s+\d{{1,3}}\s?[A-Za-z]?\b", re.IGNORECASE)
_TOWN = re.compile(r"\b(?:DK-?)?[1-9]\d{3}\s+[A-ZÆØÅ][a-zæøå]{2,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")
_PHONE = re.compile(r"(?<!\d)(?:\+45|0045)\s?(?:\d{2}\s?){4}(?!\d)")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# Denmark, in degrees with at least three decimals: a hundred metres.
_PLACE = re.compile(
    r"(?<![\d.])(?:5[4-7]\.\d{3,}\D{1,3}1?\d\.\d{3,}|1?\d\.\d{3,}\D{1,3}5[4-7]\.\d{3,})"
)
_GEOMETRY = re.compile(r"\b(?:POINT|POLYGON|LINESTRING|SRID)\b|urn:ogc", re.IGNORECASE)
_PICTURE = re.compile(
    r"^(?:data:image/|iVBORw0KGgo|/9j/|R0lGOD|UklGR|Qk0|SUkqA|\x89PNG|\xff\xd8\xff)"
)
_WORD = re.compile(r"[A-ZÆØÅ][a-zæøåéü]+(?:-[A-ZÆØÅ][a-zæøåéü]+)*")
_FREE_TEXT_WORDS = 40


def is_free_text(text: str) -> bool:
    """Return whether a text is longer than any code or label: over 40 words."""
    return len(text.split()) > _FREE_TEXT_WORDS


def is_name(text: str) -> bool:
    """Return whether a text holds a given name beside a family name."""
    given, family = _names()
    words = _WORD.findall(text)
    return any(
        (first in given and second in family) or (first in family and second in given)
        for first, second in pairwise(words)
    )


def is_one_name(text: str) -> bool:
    """Return whether a text is nothing but a given or a family name."""
    given, family = _names()
    plain = text.strip().title()
    return plain in given or plain in family


def is_latitude(text: str) -> bool:
    """Return whether a text is a latitude of Denmark to a hundred metres or better."""
    return re.fullmatch(r"5[4-7][.,]\d{3,}", text.strip()) is not None


def is_longitude(text: str) -> bool:
    """Return whether a text is a longitude of Denmark, as exact."""
    return re.fullmatch(r"(?:[89]|1[0-5])[.,]\d{3,}", text.strip()) is not None


# What is found in a single value, by the name of the rule.
RULES: dict[str, Callable[[str], object]] = {
    "name": is_name,
    "address": lambda text: _ADDRESS.search(text) or _TOWN.search(text),
    "e-mail address": _MAIL.search,
    "telephone number": _PHONE.search,
    "link": _LINK.search,
    "coordinates": lambda text: _PLACE.search(text) or _GEOMETRY.search(text),
    "image": _PICTURE.search,
    "free text": is_free_text,
}


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    text = resources.files("enclave.airlock") / "names.txt"
    given, family = text.read_text("utf-8").split("\n\n")[1:3]
    return frozenset(given.split()), frozenset(family.split())
