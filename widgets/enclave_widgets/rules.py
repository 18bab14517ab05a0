"""What rules say of a question, in the words of the page."""

import re
from collections.abc import Sequence

from enclave.disclosure.refusing import OF_QUESTIONS
from enclave.errors import EnclaveError
from enclave.feasibility.answers import RemarkAnswer
from enclave.phrasebook import Phrasebooks
from enclave_widgets import markup
from enclave_widgets.words import WORDS, Language


_SENTENCES = Phrasebooks(OF_QUESTIONS)
_CRITERION = re.compile(r"criteria\[(\d+)\]")


def in_words_of(language: Language, sentence: str) -> str:
    """Return what a rule says; in English where that is all there is."""
    return sentence if language == "en" else _SENTENCES.in_danish(sentence)


def refused(error: EnclaveError, language: Language) -> str:
    """Write why something was not taken: a sentence, and each thing by its place."""
    said, *parts = in_words_of(language, str(error)).splitlines()
    return markup.alarm(said) + markup.bullets([part.strip() for part in parts])


def too_fine(reasons: Sequence[str], language: Language) -> str:
    """Write what is too fine to be counted, and where it can be asked."""
    words = WORDS[language]
    said = [in_words_of(language, reason) for reason in reasons]
    return markup.refusals(words.refused, words.refused_hint, said)


def remarks(found: Sequence[RemarkAnswer], language: Language) -> str:
    """Write what the linter found; nothing if that is nothing."""
    if not found:
        return ""
    words = WORDS[language]
    lines = [
        f"{_place(one.path, words.criterion_number)}{one.message}" for one in found
    ]
    return markup.titled_list(words.remarks, lines)


def _place(path: str, criterion: str) -> str:
    """Say which of the chosen criteria is meant, if it is one."""
    found = _CRITERION.match(path)
    return criterion.format(number=int(found[1]) + 1) if found else ""
