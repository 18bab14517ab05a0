"""What is wrong with a form, said in Danish.

The rules speak English where they stand. Danish is found by the English sentence, as
with gettext, so that no rule has to carry both.
"""

import re
from functools import cache
from importlib.resources import files

import yaml


GAP = "{}"


def in_danish(sentence: str) -> str:
    """Return what a rule says in Danish; as it is where that is not known."""
    for pattern, danish in _catalogue():
        if found := pattern.fullmatch(sentence):
            return danish.format(*found.groups())
    return sentence


def sentences() -> dict[str, str]:
    """Return the Danish sentences by the English ones; ``{}`` stands for a value."""
    text = (files(__package__) / "danish.yaml").read_text("utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


@cache
def _catalogue() -> list[tuple[re.Pattern[str], str]]:
    # The longer a sentence, the more it says beside its gaps: it comes first.
    longest = sorted(sentences().items(), key=lambda pair: -len(pair[0]))
    return [
        (re.compile("(.+?)".join(map(re.escape, one.split(GAP))), re.DOTALL), danish)
        for one, danish in longest
    ]
