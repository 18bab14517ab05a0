"""Say of an answer that it is not to the question as it is now."""

from enclave_widgets import markup
from enclave_widgets.plain import HTML
from enclave_widgets.vocabulary import Words


OLD = "enc-old"


class Outdated:
    """A note below answers, which are greyed as long as it says something.

    A note of its own: what is read out when it changes should not be the answer again.

    Parameters
    ----------
    answers
        Where the answers are shown.
    """

    def __init__(self, words: Words, *answers: HTML) -> None:
        self._said = markup.note(words.changed)
        self._answers = answers
        self.note = HTML()
        self.note.add_class("enc-live")

    def mark(self, *, old: bool) -> None:
        """Mark the answers as old, or as those to the question as it is."""
        for answer in self._answers:
            (answer.add_class if old else answer.remove_class)(OLD)
        self.note.value = self._said if old else ""
