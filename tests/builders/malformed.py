"""Questions that are none: each of a whole one with something wrong in it."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

from enclave.cohort.question import Question


# What somebody may have pasted, and nobody may read in an answer.
SECRET = "010170-1234 Hemmelig"  # noqa: S105 - a text to look for
WHOLE: dict[str, Any] = Question.model_validate(
    {
        "population": {"sex": "female", "age": {"minimum": 40, "at": "2020-01-01"}},
        "index": {
            "codes": {"system": "SKS", "entries": [{"code": "DE11", "match": "prefix"}]}
        },
        "criteria": [
            {
                "kind": "within",
                "from_days": 0,
                "to_days": 90,
                "criterion": {
                    "codes": {
                        "system": "NPU",
                        "entries": [{"code": "NPU19748", "match": "exact"}],
                    },
                    "value": {"operator": "between", "lower": 1, "upper": 2},
                },
            },
            {
                "kind": "at_least_of",
                "number": 1,
                "criteria": [
                    {
                        "kind": "event",
                        "codes": {
                            "system": "ATC",
                            "entries": [{"code": "A10", "match": "prefix"}],
                        },
                    }
                ],
            },
        ],
        "variables": ["lab.value"],
    }
).model_dump(mode="json", exclude_none=True)

# pydantic's own ways of speaking.
FOREIGN = (
    "Input should",
    "Value error",
    "validation error",
    "Extra inputs",
    "Field required",
    "pydantic",
    "type=",
    "JSON decode",
)


def _places(document: Any, path: tuple[str | int, ...] = ()) -> list[tuple]:
    found = [path]
    inside = document.items() if isinstance(document, dict) else ()
    inside = enumerate(document) if isinstance(document, list) else inside
    for name, part in inside:
        found += _places(part, (*path, name))
    return found


PLACES = _places(WHOLE)
_JUNK = st.sampled_from(
    [
        *(None, True, SECRET, -1, 10**30, 1e308, 0.5, [], {}, [SECRET]),
        *(SECRET * 50, "", "index", [[[[]]]], {"kind": SECRET}, {"kind": "event"}),
        {SECRET: SECRET},
    ]
)


@st.composite
def malformed(draw: st.DrawFn) -> Any:
    """Return a question in which one to three things are wrong."""
    document = copy.deepcopy(WHOLE)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(PLACES))
        if not place:
            continue
        try:
            outer = document
            for part in place[:-1]:
                outer = outer[part]
            _spoil(draw, outer, place[-1])
        except (KeyError, IndexError, TypeError):
            continue  # what stood there is spoilt already
    return document


def _spoil(draw: st.DrawFn, outer: Any, name: str | int) -> None:
    how = draw(st.sampled_from(["other", "gone", "more", "doubled"]))
    if how == "gone":
        del outer[name]
    elif how == "other":
        outer[name] = draw(_JUNK)
    elif isinstance(outer, list):
        outer.append(copy.deepcopy(outer[name]) if how == "doubled" else draw(_JUNK))
    else:
        outer[
            draw(st.sampled_from([SECRET, "x" * 5000, "event", "cpr_0101701234"]))
        ] = 1


def is_question(document: Any) -> bool:
    """Return whether it still is one: not everything spoils."""
    try:
        Question.model_validate_json(json.dumps(document))
    except ValueError:
        return False
    return True


def check_said(said: str, language: str = "en") -> None:
    """Look that a refusal is ours, short, in its language, and repeats no secret."""
    assert not [text for text in FOREIGN if text in said], said
    assert "Hemmelig" not in said, said
    assert "0101701234" not in said.replace("-", ""), said
    assert "xxxx" not in said, said
    assert len(said) < 6000, said
    if language == "da":
        for english in ("Write ", "Give ", "The ", "Add ", "Take ", " more"):
            assert english not in said, said
