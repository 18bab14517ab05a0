"""What the rules say in English, said in Danish.

The rules speak English where they stand. Danish is found by the English sentence, as
with gettext, so that no rule has to carry both.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from importlib.resources import files

import yaml


GAP = "{}"
# A place in a question, and what is said about it.
_PLACED = re.compile(r"(?P<place>[^:\n]+: )(?P<said>.+?)(?P<end>\.?)")
# A refusal may repeat what somebody sent, and translating must not take long for that:
# what is longer, or in more parts, stays in English. Sentences may stand within
# sentences, so that their length is also how deep one goes.
_LONGEST = 4000
_LONGEST_SENTENCE = 1500
_MOST_PARTS = 40
# A reason has a few semicolons of its own at most.
_PARTS_OF_A_REASON = 4


class Phrasebook:
    """The sentences of a package in other words: Danish, unless it is another file."""

    def __init__(self, package: str, file: str = "danish.yaml") -> None:
        self._package, self._file = package, file

    def translated(self, sentence: str, value: Callable[[str], str] = str) -> str:
        """Return a sentence in its other words; as it is where they are not known.

        ``value`` translates what stands in the gaps.
        """
        for pattern, other in self._patterns:
            if found := pattern.fullmatch(sentence):
                return other.format(*map(value, found.groups()))
        return sentence

    @cached_property
    def sentences(self) -> dict[str, str]:
        """The other words by the sentence; ``{}`` stands for a value."""
        text = (files(self._package) / self._file).read_text("utf-8")
        found: dict[str, str] = yaml.safe_load(text)
        return found

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        # The longer a sentence, the more it says beside its gaps: it comes first.
        longest = sorted(self.sentences.items(), key=lambda pair: -len(pair[0]))
        return [(_pattern(sentence), other) for sentence, other in longest]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, sentence.split(GAP))), re.DOTALL)


class Phrasebooks:
    """Several phrasebooks, for what is put together from their sentences.

    That may be several lines, each behind the place that it is about, and several
    reasons in one line.

    Parameters
    ----------
    value
        Says in Danish what stands in the gaps; by default, as any text.
    """

    def __init__(
        self, books: Sequence[Phrasebook], value: Callable[[str], str] | None = None
    ) -> None:
        self.books = books
        self._value = value or self.in_danish

    def in_danish(self, text: str) -> str:
        """Return what a rule says in Danish; as it is where that is not known."""
        if len(text) > _LONGEST or len(re.split("\n|; ", text)) > _MOST_PARTS:
            return text
        said = self._sentence(text)
        if said == text and "\n" in text:
            return "\n".join(map(self._line, text.split("\n")))
        if said == text and "; " in text:
            return "; ".join(self._reasons(text.split("; ")))
        return said

    def _line(self, line: str) -> str:
        text = line.lstrip()
        return line.removesuffix(text) + self.in_danish(text)

    def _reasons(self, parts: list[str]) -> Iterator[str]:
        """Translate reasons that may have a semicolon of their own."""
        begin = 0
        while begin < len(parts):
            for parts_of_it in range(1, _PARTS_OF_A_REASON + 1):
                reason = "; ".join(parts[begin : begin + parts_of_it])
                said = self._sentence(reason)
                if said != reason:
                    break
            else:
                parts_of_it, said = 1, parts[begin]
            yield said
            begin += parts_of_it

    def _sentence(self, sentence: str) -> str:
        """Translate one sentence, which may stand behind its place in a question."""
        if len(sentence) > _LONGEST_SENTENCE:
            return sentence
        said = self._known(sentence)
        placed = _PLACED.fullmatch(sentence)
        if said != sentence or placed is None:
            return said
        place, text, end = placed.groups()
        return place + self._known(text) + end

    def _known(self, sentence: str) -> str:
        """Translate a sentence, with its full stop or without."""
        for text in (sentence, f"{sentence}."):
            for book in self.books:
                said = book.translated(text, self._value)
                if said != text:
                    return said if text == sentence else said.removesuffix(".")
        return sentence
