"""Both languages say the same things."""

import re
from dataclasses import fields

import pytest

from enclave_widgets.words import DANISH, ENGLISH, Words


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
