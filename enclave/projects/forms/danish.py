"""What is wrong with a form, said in Danish."""

from enclave.phrasebook import Phrasebook


PHRASES = Phrasebook(__package__)


def in_danish(sentence: str) -> str:
    """Return what a rule says in Danish; as it is where that is not known."""
    return PHRASES.translated(sentence)
