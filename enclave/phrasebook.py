"""What the rules say in English, said in Danish.

The rules speak English where they stand. Danish is found by the English sentence, as
with gettext, so that no rule has to carry both.
"""

import re
from collections.abc import Callable
from functools import cached_property
from importlib.resources import files

import yaml


GAP = "{}"


class Phrasebook:
    """The Danish sentences of a package, in its file ``danish.yaml``."""

    def __init__(self, package: str) -> None:
        self._package = package

    def in_danish(self, sentence: str, value: Callable[[str], str] = str) -> str:
        """Return what a rule says in Danish; as it is where that is not known.

        ``value`` says in Danish what stands in the gaps.
        """
        for pattern, danish in self._patterns:
            if found := pattern.fullmatch(sentence):
                return danish.format(*map(value, found.groups()))
        return sentence

    @cached_property
    def sentences(self) -> dict[str, str]:
        """The Danish sentences by the English ones; ``{}`` stands for a value."""
        text = (files(self._package) / "danish.yaml").read_text("utf-8")
        found: dict[str, str] = yaml.safe_load(text)
        return found

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        # The longer a sentence, the more it says beside its gaps: it comes first.
        longest = sorted(self.sentences.items(), key=lambda pair: -len(pair[0]))
        return [(_pattern(english), danish) for english, danish in longest]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, sentence.split(GAP))), re.DOTALL)
