"""The bank of questions, as it stands in ``questions.yaml``."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from enclave.canonical import digest


LANGUAGES = ("en", "da")


@dataclass(frozen=True)
class Wording:
    """A question in one language; the first of its options is right."""

    ask: str
    options: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Question:
    """A question of the training."""

    id: str
    en: Wording
    da: Wording

    def in_language(self, language: str) -> Wording:
        """Return it in Danish or English."""
        return self.da if language == "da" else self.en


@cache
def bank() -> dict[str, Question]:
    """Return every question by its id."""
    text = (files(__package__) / "questions.yaml").read_text("utf-8")
    return {
        one["id"]: Question(one["id"], _wording(one["en"]), _wording(one["da"]))
        for one in yaml.safe_load(text)
    }


@cache
def bank_digest() -> str:
    """Return the hash of the whole bank: an attempt belongs to one."""
    return digest(
        {
            one.id: [[said.ask, *said.options] for said in (one.en, one.da)]
            for one in bank().values()
        }
    )


def _wording(said: dict[str, str | list[str]]) -> Wording:
    return Wording(str(said["ask"]), tuple(said["options"]), str(said["why"]))
