"""From a JSON document to a form, or to what is wrong with it in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from enclave.canonical import canonical_json
from enclave.cohort import faults
from enclave.errors import InputError
from enclave.projects.forms import help as help_texts
from enclave.projects.forms.amendment import AmendmentForm
from enclave.projects.forms.biobank_request import BiobankRequestForm
from enclave.projects.forms.close_out import CloseOutForm
from enclave.projects.forms.cpr_extract import CprExtractForm
from enclave.projects.forms.data_request import DataRequestForm
from enclave.projects.forms.feasibility_request import FeasibilityRequestForm
from enclave.projects.forms.output_request import OutputRequestForm
from enclave.projects.forms.own_data import OwnDataForm
from enclave.projects.forms.proposal import ProposalForm
from enclave.projects.forms.rerun_request import RerunRequestForm


Form = (
    FeasibilityRequestForm
    | ProposalForm
    | DataRequestForm
    | BiobankRequestForm
    | OwnDataForm
    | CprExtractForm
    | AmendmentForm
    | OutputRequestForm
    | CloseOutForm
    | RerunRequestForm
)

FORMS: dict[str, type[Form]] = {
    "feasibility_request": FeasibilityRequestForm,
    "proposal": ProposalForm,
    "data_request": DataRequestForm,
    "biobank_request": BiobankRequestForm,
    "own_data": OwnDataForm,
    "cpr_extract": CprExtractForm,
    "amendment": AmendmentForm,
    "output_request": OutputRequestForm,
    "close_out": CloseOutForm,
    "rerun_request": RerunRequestForm,
}

MAXIMUM_BYTES = 2_000_000
QUESTION = "population"

_PLAIN = {
    "missing": "is missing: fill it in",
    "extra_forbidden": "is no field of this form: check its spelling, or remove it",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_too_short": "is too short: at least {min_length} characters",
    "too_short": "has too few entries: at least {min_length}",
    "too_long": "has too many entries: at most {max_length}",
    "string_pattern_mismatch": "has the wrong form: it must match {pattern}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "date_from_datetime_parsing": "is not a date: write it as 2026-12-31",
    "date_parsing": "is not a date: write it as 2026-12-31",
    "value_error": "{error}",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, why, and what to do."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}."


class FormError(InputError):
    """A form that cannot be used as it is, with every problem found.

    Attributes
    ----------
    kind
        What is applied for with it, so that its fields can be called by their labels;
        empty where it is no application's form.
    """

    def __init__(
        self, heading: str, problems: Iterable[Problem], kind: str = ""
    ) -> None:
        self.heading = heading
        self.problems = tuple(problems)
        self.kind = kind
        super().__init__("\n  ".join([heading, *map(str, self.problems)]))


def read(kind: str, document: Mapping[str, Any]) -> Form:
    """Read a form.

    Raises
    ------
    FormError
        Naming every field that is missing or wrong. It repeats no value that was
        entered.
    """
    try:
        return FORMS[kind].model_validate(dict(document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise FormError("The form is not complete:", problems_of(found), kind) from None


def check_draft(kind: str, document: Mapping[str, Any]) -> None:
    """Let a draft be unfinished, but not unreadable.

    Raises
    ------
    InputError
        If it is too large.
    FormError
        If it has fields that the form does not know.
    """
    if len(canonical_json(dict(document))) > MAXIMUM_BYTES:
        raise InputError(
            f"The form is larger than {MAXIMUM_BYTES:,} bytes: shorten the code lists"
            " or the texts."
        )
    stray = [name for name in document if name not in FORMS[kind].model_fields]
    if stray:
        message = _PLAIN["extra_forbidden"]
        problems = [Problem(name, message) for name in stray]
        raise FormError("The form has unknown fields:", problems, kind)


def problems_of(found: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """Say in words what pydantic found, without the values."""
    return [Problem(_path(one), _words(one)) for one in found]


def schema(kind: str) -> dict[str, Any]:
    """Return a form's JSON schema, with labels and help in both languages."""
    form: type[BaseModel] = FORMS[kind]
    document = form.model_json_schema()
    for name, part in {form.__name__: document, **document.get("$defs", {})}.items():
        for field, found in part.get("properties", {}).items():
            # A question has its own reference, and its nodes no labels.
            if "title_en" in found:
                said = help_texts.of_field(name, field)
                found["help_en"], found["help_da"] = said["en"], said["da"]
    return document


def _path(error: Mapping[str, Any]) -> str:
    return faults.place(error) or "form"


def _words(error: Mapping[str, Any]) -> str:
    if error.get("ctx", {}).get("min_length") == 1:
        return "is empty: fill it in"
    template = _PLAIN.get(error["type"])
    # A question in the form has its own words, and is read by whoever writes JSON.
    of_question = len(error["loc"]) > 1 and error["loc"][0] == QUESTION
    if template is None or of_question:
        return faults.sentence(error).rstrip(".")
    return template.format(**error.get("ctx", {})).rstrip(".")
