"""Saying a refusal in Danish takes little work, whatever a refusal repeats."""

from collections.abc import Callable

import pytest

from enclave.phrasebook import Phrasebook, Phrasebooks
from enclave.portal import danish


class Counting(Phrasebook):
    """Counts how often it is asked."""

    asked = 0

    def translated(self, sentence: str, value: Callable[[str], str] = str) -> str:
        self.asked += 1
        return super().translated(sentence, value)


@pytest.fixture
def book(monkeypatch) -> Counting:
    """Stands for all books of the portal."""
    made = Counting("enclave.projects.forms")
    monkeypatch.setattr(danish.SENTENCES, "books", (made,))
    return made


@pytest.mark.parametrize("parts", [10, 30, 120, 5000])
@pytest.mark.parametrize("between", ["; ", "\n", "\n: ", " or "])
def test_the_work_grows_with_the_parts_and_ends_at_some(book, parts, between):
    sent = between.join(["a: b"] * parts)

    said = danish.in_danish(f"There is no project {sent!r}, or {sent}.")

    assert sent in said
    # Each part is tried in four lengths, with and without place and full stop.
    assert book.asked <= 2 * 40 * 4 * 4


@pytest.mark.parametrize("inner", ["Project a is b: ", "x (by y) (by y)", "a; b: "])
@pytest.mark.parametrize("times", [3, 60, 240])
def test_sentences_within_sentences_take_little_work_too(book, inner, times):
    sent = inner * times + "end"

    said = danish.in_danish(f"Project a is b: {sent}; {sent}.")

    assert "end" in said
    assert book.asked <= 1500


def test_several_reasons_in_a_line_are_said_in_danish():
    books = Phrasebooks([Phrasebook("enclave.projects.forms")])
    first = "The proposal 1 is draft; votes are given while it is in sac review."
    second = "question: is missing: Nobody knows"

    said = books.in_danish(f"Nobody said this; {first}; nor this")

    assert second == books.in_danish(second)
    assert said.startswith("Nobody said this; Ansøgningen »proposal 1« har status")
    assert said.endswith("; nor this")
