"""What a field is called that a rule or a reader names by its path."""

import re
from typing import Any, get_args

from pydantic import BaseModel

from enclave.cohort.wording import Language
from enclave.projects.forms.reading import FORMS


_STEP = re.compile(r"(?P<name>[^.\[]+)(\[(?P<number>\d+)\])?\.?")


def spoken(kind: str, path: str, language: Language) -> str:
    """Return a field in words: ``Approvals 1, Document`` for ``approvals[0].document``.

    What a form has no label for, such as the name of a variable, stands as it is.
    """
    part: type[BaseModel] | None = FORMS[kind]
    words: list[str] = []
    while path:
        found = _STEP.match(path)
        field = part.model_fields.get(found["name"]) if part and found else None
        if field is None or found is None:
            return ", ".join([*words, path])
        more = field.json_schema_extra
        label = more[f"title_{language}"] if isinstance(more, dict) else found["name"]
        number = f" {int(found['number']) + 1}" if found["number"] else ""
        words.append(f"{label}{number}")
        part, path = _part(field.annotation), path[found.end() :]
    return ", ".join(words)


def _part(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_part, get_args(annotation))), None)
