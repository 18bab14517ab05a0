"""Say a plan in Danish or English."""

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from enclave.returns.close_out.checklist import Item
from enclave.returns.close_out.plan import Plan


Language = Literal["en", "da"]


def _as_it_is(text: str, _language: str) -> str:
    return text


def sentence(
    item: Item, language: Language, name: Callable[[str, str], str] = _as_it_is
) -> str:
    """Return what is so about a point, and what to do.

    ``name`` says in a language what the point is about.
    """
    said = _say("points", item.key, language, about=name(item.about, language))
    return said[:1].upper() + said[1:]


def goes(plan: Plan, language: Language) -> list[str]:
    """Return what is destroyed."""
    number = len(plan.deliveries)
    return [
        _say("goes", key, language, number=number)
        for key in ("deliveries", "folders", "key")
    ]


def stays(language: Language) -> list[str]:
    """Return what is kept."""
    return [_say("stays", key, language) for key in _words()["stays"]]


def afterwards(analysis: dict[str, Any], language: Language) -> list[str]:
    """Return what can and what cannot be done with an analysis afterwards."""
    verdict = analysis["verdict"]
    if verdict is None:
        word = _say("afterwards", "no_word", language)
    else:
        said = _say("verdicts", verdict, language)
        word = _say(
            "afterwards", "last_word", language, rerun=analysis["rerun"], verdict=said
        )
    return [
        _say("afterwards", "lost", language),
        word,
        _say("afterwards", "code", language),
    ]


def _say(part: str, key: str, language: Language, **values: object) -> str:
    said: str = _words()[part][key][language].format(**values)
    return said


@cache
def _words() -> dict[str, Any]:
    file = resources.files("enclave.returns.close_out") / "words.yaml"
    words: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return words
