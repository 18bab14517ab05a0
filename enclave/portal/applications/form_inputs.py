"""A form as inputs on a page, and a submitted page as a form again.

Both walk the same pydantic model, so that a field which is added there is on the page,
is read back, and is nowhere else. An input is called by its path: ``group.0.email``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from enclave.cohort.question import Question
from enclave.cohort.wording import Language
from enclave.portal.words import catalogue
from enclave.projects.fields import Part
from enclave.projects.forms import help as help_texts


# A text that may be longer than this gets several lines.
_LINE = 400


@dataclass(frozen=True)
class Input:
    """One field of a form on a page.

    Attributes
    ----------
    shape
        ``text``, ``long``, ``number``, ``date``, ``check``, ``choice``, ``choices``,
        ``lines``, ``pairs``, ``question``, ``part`` (rows holds one) or ``parts``.
    options
        What can be chosen, each with its words.
    rows
        The inputs of each part; the last one is empty, for one more.
    """

    path: str
    label: str
    help: str
    shape: str
    required: bool
    value: Any = ""
    options: tuple[tuple[str, str], ...] = ()
    longest: int | None = None
    rows: tuple[tuple["Input", ...], ...] = field(default=())


def inputs(
    model: type[BaseModel],
    form: Mapping[str, Any],
    language: Language,
    prefix: str = "",
) -> list[Input]:
    """Return the inputs of a form, filled with what is there already."""
    return [
        _input(model, name, form.get(name), language, prefix)
        for name in model.model_fields
    ]


def read_back(
    model: type[BaseModel],
    fields: Mapping[str, str],
    kept: Mapping[str, Any],
    prefix: str = "",
) -> dict[str, Any]:
    """Return the form of a submitted page.

    What was left empty is left out. Questions are never on the page: they are taken
    from what is kept.
    """
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        value = _value(info, f"{prefix}{name}", fields, kept.get(name))
        if value not in (None, "", [], {}):
            found[name] = value
    return found


def _input(
    model: type[BaseModel], name: str, value: Any, language: Language, prefix: str
) -> Input:
    info = model.model_fields[name]
    path, kind = f"{prefix}{name}", _bare(info.annotation)
    shape = _shape(info)
    more = info.json_schema_extra
    said = more if isinstance(more, dict) else {}
    return Input(
        path=path,
        label=str(said.get(f"title_{language}", name)),
        help=help_texts.of_field(model.__name__, name)[language],
        shape=shape,
        required=info.is_required(),
        value=_shown(shape, value, info),
        options=tuple(_options(kind, language)),
        longest=_longest(info),
        rows=tuple(_rows(shape, info, value, language, path)),
    )


def _shape(info: FieldInfo) -> str:
    kind = _bare(info.annotation)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if get_args(kind) == (True,):
        return "check"
    if get_origin(kind) is dict:
        return "pairs"
    if get_origin(kind) is tuple:
        return _shape_of_many(_bare(get_args(kind)[0]))
    return _shape_of_one(kind, info)


_SIMPLE = {Question: "question", bool: "check", int: "number", date: "date"}


def _shape_of_many(kind: Any) -> str:
    if _is_part(kind):
        return "parts"
    return "choices" if [*_values(kind)] else "lines"


def _shape_of_one(kind: Any, info: FieldInfo) -> str:
    if _is_part(kind):
        return "part"
    if [*_values(kind)]:
        return "choice"
    return "long" if (_longest(info) or 0) > _LINE else "text"


def _shown(shape: str, value: Any, info: FieldInfo) -> Any:
    if value is None and not info.is_required() and info.default is not None:
        value = info.default
    if shape == "lines":
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else ""
    if shape == "pairs":
        pairs = value.items() if isinstance(value, dict) else ()
        return "\n".join(f"{key}: {text}" for key, text in pairs)
    if shape == "choices":
        return [str(one) for one in value] if isinstance(value, list | tuple) else []
    if shape == "check":
        return value is True
    return "" if value is None or isinstance(value, list | dict) else str(value)


def _rows(
    shape: str, info: FieldInfo, value: Any, language: Language, path: str
) -> Iterator[tuple[Input, ...]]:
    kind = _bare(info.annotation)
    if shape == "part":
        filled = value if isinstance(value, dict) else {}
        row = inputs(kind, filled, language, f"{path}.")
        yield tuple(row if filled or info.is_required() else map(_left_out, row))
    if shape == "parts":
        model = _bare(get_args(kind)[0])
        entries = [one for one in value or () if isinstance(one, dict)]
        for number, entry in enumerate([*entries, {}]):
            row = inputs(model, entry, language, f"{path}.{number}.")
            needed = bool(entry) or (info.is_required() and not entries)
            yield tuple(row if needed else map(_left_out, row))


def _left_out(one: Input) -> Input:
    """Return an input of a part that is not there: nothing in it is needed yet."""
    return replace(one, required=False)


@dataclass(frozen=True)
class _Sent:
    """What a page sent for one field."""

    kind: Any
    path: str
    fields: Mapping[str, str]
    kept: Any

    @property
    def text(self) -> str:
        return self.fields.get(self.path, "").strip().replace("\r\n", "\n")


def _value(info: FieldInfo, path: str, fields: Mapping[str, str], kept: Any) -> Any:
    sent = _Sent(_bare(info.annotation), path, fields, kept)
    read = _READ.get(_shape(info))
    return read(sent) if read else sent.text


def _ticked(sent: _Sent) -> bool | None:
    checked = sent.path in sent.fields
    # A promise that is not given is missing, and not refused.
    return checked if checked or sent.kind is bool else None


def _chosen(sent: _Sent) -> list[str]:
    values = _values(_bare(get_args(sent.kind)[0]))
    return [one for one in values if f"{sent.path}.{one}" in sent.fields]


def _lines(sent: _Sent) -> list[str]:
    return [line.strip() for line in sent.text.splitlines() if line.strip()]


def _pairs(sent: _Sent) -> dict[str, str]:
    split = (line.partition(":") for line in sent.text.splitlines() if ":" in line)
    return {key.strip(): said.strip() for key, _, said in split}


def _number(sent: _Sent) -> int | str:
    # What is no number is kept as it was written: the form says so.
    return int(sent.text) if re.fullmatch(r"-?\d{1,15}", sent.text) else sent.text


def _part(sent: _Sent) -> dict[str, Any]:
    read = read_back(sent.kind, sent.fields, sent.kept or {}, f"{sent.path}.")
    return read if _is_filled(sent.kind, read) else {}


_READ: dict[str, Callable[[_Sent], Any]] = {
    "question": lambda sent: sent.kept,
    "check": _ticked,
    "choices": _chosen,
    "lines": _lines,
    "pairs": _pairs,
    "number": _number,
    "part": _part,
    "parts": lambda sent: _entries(
        _bare(get_args(sent.kind)[0]), sent.path, sent.fields
    ),
}


def _entries(
    model: type[BaseModel], path: str, fields: Mapping[str, str]
) -> list[dict[str, Any]]:
    start = re.compile(rf"{re.escape(path)}\.(\d{{1,4}})\.")
    found = filter(None, map(start.match, fields))
    read = [
        read_back(model, fields, {}, f"{path}.{number}.")
        for number in sorted({int(one[1]) for one in found})
    ]
    return [one for one in read if _is_filled(model, one)]


def _is_filled(model: type[BaseModel], entry: Mapping[str, Any]) -> bool:
    """Return whether somebody wrote something, beyond what a new row comes with."""
    return any(
        value not in (False, None, "", _default(model.model_fields[name]))
        for name, value in entry.items()
    )


def _default(info: FieldInfo) -> Any:
    # A page gives lists back where a form has tuples.
    return [*info.default] if isinstance(info.default, tuple) else info.default


def _options(kind: Any, language: Language) -> Iterator[tuple[str, str]]:
    inner = _bare(get_args(kind)[0]) if get_origin(kind) is tuple else kind
    for one in _values(inner):
        yield one, catalogue()[f"value.{one}"][language]


def _values(kind: Any) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        yield from (one.value for one in kind)
    elif get_origin(kind) is Literal:
        yield from (one for one in get_args(kind) if isinstance(one, str))


def _bare(annotation: Any) -> Any:
    """Return a type without its constraints, and without "or nothing"."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def _longest(info: FieldInfo) -> int | None:
    found = [
        longest
        for one in info.metadata
        if isinstance(longest := getattr(one, "max_length", None), int)
    ]
    return min(found) if found else None


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)
