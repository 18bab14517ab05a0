"""The question in words and as JSON, and its way into a proposal."""

from collections.abc import Callable, Mapping, Sequence

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.packing import fits, pack
from enclave.cohort.question import Question
from enclave.cohort.reading import MAXIMUM_BYTES, read_question
from enclave.cohort.rendering import describe
from enclave.errors import InputError
from enclave.feasibility.answers import RemarkAnswer
from enclave_widgets import markup, rules
from enclave_widgets.addresses import atlas_address, proposal_address, shared_address
from enclave_widgets.adopting import adopt
from enclave_widgets.cards import card
from enclave_widgets.criterion_row import Change
from enclave_widgets.plain import (
    HTML,
    Button,
    Checkbox,
    FileUpload,
    HBox,
    Textarea,
    ToggleButton,
    VBox,
    show,
)
from enclave_widgets.selection import Selection
from enclave_widgets.words import WORDS, Language


class QuestionCard:
    """What would be asked, for reading, copying, pasting and proposing.

    Parameters
    ----------
    selection
        Returns what is chosen now.
    take
        Called with each change that the visitor wants.

    Attributes
    ----------
    written
        The JSON of what is chosen; in the text field, another one may stand.
    """

    def __init__(
        self,
        language: Language,
        selection: Callable[[], Selection],
        take: Callable[[Change], None],
    ) -> None:
        words = self._words = WORDS[language]
        self._language: Language = language
        self._selection = selection
        self._take = take
        self.written = ""
        self.text, self.proposal, self.share = HTML(), HTML(), HTML()
        self.remarks = HTML()
        self.remarks.add_class("enc-live")
        self.show_json = ToggleButton(description=words.show_json, value=False)
        self.json = Textarea(description=words.json_text, rows=8)
        self.upload = FileUpload(
            accept=".json", description=words.open_file, multiple=False
        )
        self.upload.observe(lambda _: self._read_file(), "value")
        self.use = Button(description=words.use_json)
        self.message = HTML()
        self.message.add_class("enc-live")
        self._fold = self._foldable()
        self.show_json.observe(lambda _: self._unfold(), "value")
        self.use.on_click(lambda _: self._use())
        self._unfold()
        self.view = card(
            HTML(markup.heading(words.in_words)),
            self.text,
            self.remarks,
            self.proposal,
            HTML(markup.note(words.propose_note)),
            self.share,
            HTML(markup.note(words.share_note)),
            self.show_json,
            self._fold,
        )

    def _foldable(self) -> VBox:
        """Lay out what is about JSON, which few want to see."""
        words = self._words
        row = HBox([HTML(markup.copy_button(words.copy, words.copied)), self.use])
        row.add_class("enc-row")
        self.atlas = HTML()
        self.entry_only = Checkbox(
            description=words.entry_only, value=False, indent=False
        )
        fold = VBox(
            [
                self.upload,
                self.json,
                row,
                self.message,
                HTML(markup.note(words.atlas_note)),
                self.entry_only,
                self.atlas,
            ]
        )
        fold.add_class("enc-json")
        return fold

    def show(self, question: Question, labels: Mapping[str, str]) -> None:
        """Say what would be asked.

        Parameters
        ----------
        labels
            What codes (``SKS:DE11``) are called.
        """
        said = describe(question, self._language, labels)
        self.text.value = markup.preformatted(said)
        written = question.model_dump_json(indent=2, exclude_none=True)
        if written != self.written:  # or what was pasted meanwhile would be lost
            self.written = self.json.value = written
        self._link(question)

    def _link(self, question: Question) -> None:
        """Link to where the question can go, if an address can hold it."""
        words = self._words
        if not fits(pack(question)):
            self.proposal.value = markup.alarm(words.too_long)
            self.share.value = self.atlas.value = ""
            return
        self.atlas.value = markup.link(atlas_address(question), words.to_atlas)
        self.proposal.value = markup.link(proposal_address(question), words.propose)
        self.share.value = markup.shared_link(
            shared_address(question), words.share_link, words.copy_link, words.copied
        )

    def follow(self, before: "QuestionCard") -> None:
        """Go on where the card of another language stood."""
        self.show_json.value = before.show_json.value
        self.entry_only.value = before.entry_only.value
        if before.json.value != before.written:
            self.json.value = before.json.value

    def show_remarks(self, found: Sequence[RemarkAnswer]) -> None:
        """Say what is probably wrong with the question."""
        said = rules.remarks(found, self._language)
        if said != self.remarks.value:  # or it would be read out again
            self.remarks.value = said

    def _unfold(self) -> None:
        shown = self.show_json.value is True
        show(self._fold, when=shown)

    def _use(self) -> None:
        """Take over the question in the text field, or say why not."""
        text = str(self.json.value)
        notes: tuple[str, ...] = ()
        try:
            if "PrimaryCriteria" in text:
                entry_only = self.entry_only.value is True
                question, notes = read_definition(text, entry_only=entry_only)
            else:
                question = read_question(text)
            chosen = adopt(question, self._selection())
        except InputError as error:
            self.message.value = rules.refused(error, self._language)
            return
        self._take(lambda _now: chosen)
        self.message.value = markup.note(self._words.used_json)
        if notes:
            read = [rules.in_words_of(self._language, note) for note in notes]
            self.message.value += markup.bullets(read)

    def _read_file(self) -> None:
        """Put a chosen file into the text field."""
        for file in self.upload.value[:1]:
            # One byte more is refused as too much, and not cut.
            content = bytes(file["content"])[: MAXIMUM_BYTES + 1]
            self.json.value = content.decode(errors="replace")
