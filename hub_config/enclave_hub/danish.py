"""What hub and front say to a person, in Danish and in both languages at once."""

from markupsafe import Markup

from enclave.phrasebook import Phrasebook
from enclave.projects.forms import danish as of_projects


PHRASES = Phrasebook(__package__)


def in_danish(sentence: str) -> str:
    """Return a sentence of the code in Danish; as it is where that is not known."""
    said = PHRASES.translated(sentence)
    return said if said != sentence else of_projects.in_danish(sentence)


def in_both(sentence: str) -> Markup:
    """Return a sentence for pages that hold both languages and show the reader's.

    One that nobody translated is shown to all, and marked as English.
    """
    danish = in_danish(sentence)
    if danish == sentence:
        return Markup('<span lang="en-GB">{}</span>').format(sentence)
    spans = Markup('<span lang="en">{}</span><span lang="da">{}</span>')
    return spans.format(sentence, danish)
