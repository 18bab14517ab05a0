"""Numbers and times as people write them."""

import pytest

from enclave_widgets import value_words
from enclave_widgets.chosen import Window
from enclave_widgets.words import WORDS


@pytest.mark.parametrize(
    ("text", "number"),
    [("7.5", 7.5), (" 7,5 ", 7.5), ("-3", -3.0), ("48", 48.0), ("0", 0.0)],
)
def test_a_number_is_read_with_point_or_comma(text, number):
    assert value_words.number(text) == number


@pytest.mark.parametrize(
    "text", ["", "abc", "1e9", "nan", "inf", "1.000,5", "7 5", "9" * 21, "<4", "٣"]
)
def test_what_is_no_number_is_not_guessed(text):
    assert value_words.number(text) is None


def test_a_number_is_written_as_the_language_does():
    assert value_words.written(7.5, "da") == "7,5"
    assert value_words.written(7.5, "en") == "7.5"
    assert value_words.written(100.0, "en") == "100"


@pytest.mark.parametrize(
    ("window", "english", "danish"),
    [
        (None, "at any time", "når som helst"),
        (Window(None, -1), "before the index event", "før indekshændelsen"),
        (Window(-90, -1), "in the 90 days before", "i de 90 dage før"),
        (Window(0, 365), "within 365 days, its day included", "dagen med"),
        (Window(1, 30), "within 30 days after its day", "efter dagen"),
        (Window(-30, 30), "30 days before to 30 days after", "30 dage efter"),
        (Window(30, 365), "from day 30 to day 365", "fra dag 30 til dag 365"),
        (Window(30, None), "from day 30 to day …", "fra dag 30 til dag …"),
    ],
)
def test_a_window_is_said(window, english, danish):
    assert value_words.window(window, WORDS["en"]) == english
    assert danish in value_words.window(window, WORDS["da"])
