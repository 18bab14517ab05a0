"""Both languages say the same things."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import enclave_widgets
from enclave_widgets.danish import DANISH
from enclave_widgets.english import ENGLISH
from enclave_widgets.vocabulary import Words
from enclave_widgets.words import preferred_language


@pytest.mark.parametrize("name", [field.name for field in fields(Words)])
def test_both_languages_fill_the_same_gaps(name):
    english, danish = getattr(ENGLISH, name), getattr(DANISH, name)

    if isinstance(english, tuple):
        assert len(english) == len(danish)
        return
    assert english
    assert danish
    assert english != danish
    gaps = [sorted(re.findall(r"{\w+}", text)) for text in (english, danish)]
    assert gaps[0] == gaps[1]


@pytest.mark.parametrize("name", [field.name for field in fields(Words)])
def test_every_word_is_used(name):
    folder = Path(enclave_widgets.__file__).parent
    elsewhere = {"vocabulary.py", "english.py", "danish.py"}
    code = "".join(
        file.read_text() for file in folder.glob("*.py") if file.name not in elsewhere
    )

    assert re.search(rf"(words|WORDS\[language\])\.{name}\b", code)


@pytest.mark.parametrize(
    ("set_to", "language"), [("da", "da"), ("en", "en"), ("fr", "en"), (None, "en")]
)
def test_the_language_to_begin_with(set_to, language):
    environ = {} if set_to is None else {"ENCLAVE_LANGUAGE": set_to}

    assert preferred_language(environ) == language
