"""The pages' words in both languages, and which language a visitor reads."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import get_args

import yaml
from fastapi import Request

from enclave.cohort.wording import Language
from enclave.projects import kinds
from enclave.projects.machine import Kind


COOKIE = "enclave-language"


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """Return every key with its text in both languages.

    They stand in ``words.yaml``; what is applied for is called by its own rules.
    """
    text = (files(__package__) / "words.yaml").read_text("utf-8")
    read: dict[str, dict[Language, str]] = yaml.safe_load(text)
    called = {
        f"kind.{kind}": {one: kinds.called(kind, one) for one in get_args(Language)}
        for kind in Kind
    }
    return {**read, **called}


def translator(language: Language) -> Callable[..., str]:
    """Return the function that the pages call for their words.

    An unknown key is a bug, and raises KeyError. Names in braces are filled in.
    """

    def say(key: str, **values: object) -> str:
        return catalogue()[key][language].format(**values)

    return say


def chosen(request: Request) -> Language:
    """Return the language of a request: chosen now, chosen before, or the browser's."""
    wanted = request.query_params.get("language") or request.cookies.get(COOKIE)
    if wanted is None:
        wanted = request.headers.get("accept-language", "")[:2].lower()
    return "da" if wanted == "da" else "en"
