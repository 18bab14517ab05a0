"""Show a form as it was filled in, with the fields' own labels, even if unfinished."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from enclave.cohort.wording import Language
from enclave.portal.words import catalogue, translator
from enclave.projects.fields import Window
from enclave.projects.forms.reading import FORMS


@dataclass(frozen=True)
class Row:
    """One field.

    Attributes
    ----------
    shape
        How ``value`` is shown: ``text``, ``list`` of texts, or ``table`` with a first
        row of headings.
    """

    label: str
    shape: str
    value: Any


def rows(kind: str, form: Mapping[str, Any], language: Language) -> list[Row]:
    """Return the fields that were filled in, in the form's order.

    The study population is left out: the page shows it in plain words.
    """
    return list(_rows(FORMS[kind], form, language))


def sections(kind: str, language: Language) -> dict[str, str]:
    """Return the fields of a form with their labels, to be commented on."""
    model = FORMS[kind]
    return {name: _label(model, name, language) for name in model.model_fields}


def _rows(
    model: type[BaseModel], form: Mapping[str, Any], language: Language
) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        value = form.get(name)
        if name == "population" or value in (None, "", [], {}):
            continue
        shape, shown = _shape(value, _part(field.annotation), language)
        yield Row(_label(model, name, language), shape, shown)


def _shape(
    value: Any, part: type[BaseModel] | None, language: Language
) -> tuple[str, Any]:
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        return "table", _table(value, part, language)
    if isinstance(value, list):
        return "list", [_text(one, language) for one in value]
    if isinstance(value, dict) and part is not None:
        return _alone(value, part, language)
    if isinstance(value, dict):
        return "table", [["", ""], *([key, str(text)] for key, text in value.items())]
    return "text", _text(value, language)


def _alone(
    value: dict[str, Any], part: type[BaseModel], language: Language
) -> tuple[str, Any]:
    """Show a part that stands alone: a period as one, another by its labels."""
    if part is Window:
        days = [_text(value.get(name), language) for name in part.model_fields]
        return "text", " \N{EN DASH} ".join(filter(None, days))
    shown = {
        _label(part, name, language): _text(value.get(name), language)
        for name in part.model_fields
    }
    return "list", [f"{name}: {text}" for name, text in shown.items() if text]


def _table(
    entries: list[dict[str, Any]], part: type[BaseModel] | None, language: Language
) -> list[list[str]]:
    known = list(part.model_fields) if part else sorted({k for e in entries for k in e})
    used = [name for name in known if any(entry.get(name) for entry in entries)]
    headings = [_label(part, name, language) for name in used]
    return [
        headings,
        *(
            [_text(entry.get(name, _default(part, name)), language) for name in used]
            for entry in entries
        ),
    ]


def _default(part: type[BaseModel] | None, name: str) -> Any:
    """Return what holds where nothing was chosen: an approval is obtained."""
    default = part.model_fields[name].default if part else ""
    return default if isinstance(default, str) else ""


def _text(value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return translator(language)("yes" if value else "no")
    if isinstance(value, str) and f"value.{value}" in catalogue():
        return catalogue()[f"value.{value}"][language]
    if isinstance(value, list):
        return ", ".join(_text(one, language) for one in value)
    return "" if value is None else str(value)


def _label(model: type[BaseModel] | None, name: str, language: Language) -> str:
    field = model.model_fields[name] if model else None
    if field is None or field.title is None:
        return name.replace("_", " ")
    danish = field.json_schema_extra
    if language == "da" and isinstance(danish, dict):
        return str(danish["title_da"])
    return field.title


def _part(annotation: Any) -> type[BaseModel] | None:
    """Return the form part that a field is made of, such as a group's members."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_part, get_args(annotation))), None)
