"""Report from a notebook what is wrong in the data: a form that writes one file.

The file lies in ``/project/return``. Nothing leaves the workspace by it: whoever is
signed in hands it in, on the page to which the menu around the workspace leads.
"""

import json
from pathlib import Path
from typing import Any

from IPython.display import display
from ipywidgets import HTML, Button, Dropdown, Text, Textarea, VBox
from pydantic import ValidationError

from enclave import durable
from enclave.canonical import digest
from enclave.cohort import faults
from enclave.errors import EnclaveError
from enclave.projects import free_text
from enclave.returns.findings.form import FindingForm
from enclave_widgets import markup, rules
from enclave_widgets.words import Language, preferred_language


RETURN = Path("/project/return")

_RULES: dict[str, tuple[str, ...]] = {
    "": (),
    "recode": ("texts", "to"),
    "no_value": ("texts",),
    "limits": ("lowest", "highest"),
    "convert": ("from_unit", "to_unit", "factor"),
}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Report a finding about the data",
        "lead": "What is wrong, in words and without a patient's value.",
        "variable": "Variable (table.variable)",
        "source": "Source: register or laboratory",
        "pattern": "What is wrong",
        "evidence": "Query or code that shows it",
        "kind": "Proposed rule",
        "": "no rule",
        "recode": "write some texts as another",
        "no_value": "take some values for missing",
        "limits": "take what is outside limits for missing",
        "convert": "convert one unit to another",
        "texts": "Texts, one a line",
        "to": "Written as",
        "lowest": "Lowest right value",
        "highest": "Highest right value",
        "from_unit": "From unit",
        "to_unit": "To unit",
        "factor": "Multiplied by",
        "keep": "Keep it for handing in",
        "kept": "It lies in return as {name}. Hand it in: menu around the workspace,"
        " Give back.",
        "refused": "It was not kept",
    },
    "da": {
        "title": "Indberet et fund i data",
        "lead": "Hvad er galt, i ord og uden en patients værdi.",
        "variable": "Variabel (tabel.variabel)",
        "source": "Kilde: register eller laboratorium",
        "pattern": "Hvad er galt",
        "evidence": "Forespørgsel eller kode, der viser det",
        "kind": "Foreslået regel",
        "": "ingen regel",
        "recode": "skriv nogle tekster som en anden",
        "no_value": "tag nogle værdier for manglende",
        "limits": "tag hvad der er uden for grænser for manglende",
        "convert": "omregn fra en enhed til en anden",
        "texts": "Tekster, en pr. linje",
        "to": "Skrives som",
        "lowest": "Laveste rigtige værdi",
        "highest": "Højeste rigtige værdi",
        "from_unit": "Fra enhed",
        "to_unit": "Til enhed",
        "factor": "Ganget med",
        "keep": "Gem det til aflevering",
        "kept": "Det ligger i return som {name}. Aflevér det: menuen om arbejdsrummet,"
        " Aflever.",
        "refused": "Det blev ikke gemt",
    },
}
_WIDE = {"layout": {"width": "100%"}, "style": {"description_width": "16em"}}


class ReportFinding:
    """A form for a finding; show it as the last line of a notebook cell.

    Parameters
    ----------
    language
        ``en`` or ``da``, by default that of the browser.
    folder
        Where the file is written.
    """

    def __init__(
        self, *, language: Language | None = None, folder: Path = RETURN
    ) -> None:
        self._language: Language = language or preferred_language()
        self._words = _WORDS[self._language]
        self._folder = folder
        self.fields: dict[str, Any] = {
            "variable": self._field("variable", Text),
            "source": self._field("source", Text),
            "pattern": self._field("pattern", Textarea),
            "evidence": self._field("evidence", Textarea),
        }
        self.kind = Dropdown(
            options=[(self._words[kind], kind) for kind in _RULES],
            description=self._words["kind"],
            **_WIDE,
        )
        self.rule: dict[str, Any] = {}
        self._of_rule, self.said = VBox(), HTML()
        self.kind.observe(lambda _: self._choose_rule(), "value")
        self.keep = Button(description=self._words["keep"], layout={"width": "auto"})
        self.keep.on_click(lambda _: self.write())
        head = markup.heading(self._words["title"], level=2)
        self.view = VBox(
            [
                HTML(markup.style()),
                HTML(head + markup.note(self._words["lead"])),
                *self.fields.values(),
                self.kind,
                self._of_rule,
                self.keep,
                self.said,
            ]
        )
        self.view.add_class("enc")

    def _ipython_display_(self) -> None:
        display(self.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    @property
    def document(self) -> dict[str, Any]:
        """The finding as it is written so far."""
        said = {name: field.value.strip() for name, field in self.fields.items()}
        return {**said, "rule": self._rule(said["variable"])}

    def write(self) -> Path | None:
        """Write the file; None, with the reason shown, if it is no finding yet."""
        try:
            free_text.check_form(self.document)
            form = FindingForm.model_validate(self.document)
        except ValidationError as error:
            self._refuse("\n".join(faults.lines(error)))
            return None
        except EnclaveError as error:
            self._refuse(str(error))
            return None
        content = form.model_dump(mode="json")
        path = self._folder / f"finding-{digest(content)[:8]}.json"
        written = json.dumps(content, ensure_ascii=False, indent=1).encode()
        try:
            durable.write_file(path, written)
        except OSError as error:
            self._refuse(f"{path}: {error.strerror}")
            return None
        self.said.value = markup.note(self._words["kept"].format(name=path.name))
        return path

    def _refuse(self, why: str) -> None:
        said = rules.in_words_of(self._language, why)
        self.said.value = markup.failure(self._words["refused"], said)

    def _choose_rule(self) -> None:
        names = _RULES[self.kind.value]
        self.rule = {
            name: self._field(name, Textarea if name == "texts" else Text)
            for name in names
        }
        self._of_rule.children = tuple(self.rule.values())

    def _rule(self, variable: str) -> dict[str, Any] | None:
        if not self.kind.value:
            return None
        given = {name: one.value.strip() for name, one in self.rule.items()}
        rule: dict[str, Any] = {name: text for name, text in given.items() if text}
        if "texts" in rule:
            rule["texts"] = [one.strip() for one in rule["texts"].splitlines()]
        return {"kind": self.kind.value, "variable": variable, **rule}

    def _field(self, name: str, kind: type[Any]) -> Any:
        return kind(description=self._words[name], **_WIDE)
