"""Say in Danish or English why a number changed."""

from functools import cache
from importlib import resources
from typing import Literal

import yaml

from enclave.archive.change.explanation import Explanation, Part


Language = Literal["en", "da"]


def part(one: Part, language: Language) -> str:
    """Return what a reason means."""
    return _words()[one.reason.value][language]


def remarks(found: Explanation, language: Language) -> list[str]:
    """Return what changed beside persons and their rows."""
    keys = [
        "same_request" if found.same_request else "other_request",
        "question" if found.question_changed else "same_question",
        *(["code_lists"] if found.changed_code_lists else []),
        "kernel" if found.kernel_then != found.kernel_now else "same_kernel",
        "exact" if found.exact else "protected",
    ]
    values = {
        "grant": found.compared_with,
        "then": found.kernel_then,
        "now": found.kernel_now,
        "places": ", ".join(found.changed_code_lists),
    }
    return [_words()[key][language].format(**values) for key in keys]


@cache
def _words() -> dict[str, dict[Language, str]]:
    file = resources.files("enclave.archive.change") / "words.yaml"
    words: dict[str, dict[Language, str]] = yaml.safe_load(file.read_text("utf-8"))
    return words
