"""Every word that a visitor sees, in both languages."""

import os
from collections.abc import Mapping
from typing import Literal

from enclave_widgets.danish import DANISH
from enclave_widgets.english import ENGLISH
from enclave_widgets.vocabulary import Words


Language = Literal["en", "da"]

WORDS: dict[Language, Words] = {"en": ENGLISH, "da": DANISH}


def preferred_language(environ: Mapping[str, str] = os.environ) -> Language:
    """Return the language to begin with, as whoever started this kernel knows it."""
    return "da" if environ.get("ENCLAVE_LANGUAGE") == "da" else "en"
