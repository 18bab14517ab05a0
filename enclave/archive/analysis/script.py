"""A script as a notebook: ``# %%`` begins a cell, as in Spyder, VS Code and Jupytext.

Executed so, a script has outputs by cell like everything else. ``# %% [markdown]``
begins prose, and ``# %% tags=["parameters"]`` declares parameters.
"""

import json
import re
from pathlib import PurePath
from typing import Any


LANGUAGES = {".py": "python", ".R": "R", ".r": "R"}

_MARK = re.compile(r"^# ?%%(?P<rest>.*)$")
_TAGS = re.compile(r"tags=(\[[^\]]*\])")


def is_script(name: str) -> bool:
    """Tell whether a file is a script that can be a step."""
    return PurePath(name).suffix in LANGUAGES


def as_notebook(text: str, *, kernel: str, language: str) -> bytes:
    """Return the notebook that a script is run as."""
    cells = [
        _cell(number, head, body) for number, (head, body) in enumerate(_parts(text))
    ]
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {
                "name": kernel,
                "display_name": kernel,
                "language": language,
            }
        },
        "cells": cells,
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def _parts(text: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        mark = _MARK.match(line)
        if mark:
            parts.append((mark["rest"], []))
        else:
            parts[-1][1].append(line)
    joined = [(head, "\n".join(lines).strip("\n")) for head, lines in parts]
    return [(head, body) for head, body in joined if body]


def _cell(number: int, head: str, body: str) -> dict[str, Any]:
    shared = {"id": f"part-{number + 1}", "metadata": {}, "source": body}
    if "[markdown]" in head or "[md]" in head:
        prose = "\n".join(re.sub(r"^# ?", "", line) for line in body.splitlines())
        return {**shared, "cell_type": "markdown", "source": prose}
    return {
        **shared,
        "cell_type": "code",
        "metadata": {"tags": _tags(head)} if _tags(head) else {},
        "execution_count": None,
        "outputs": [],
    }


def _tags(head: str) -> list[str]:
    found = _TAGS.search(head)
    try:
        tags = json.loads(found[1].replace("'", '"')) if found else []
    except ValueError:
        return []
    return [tag for tag in tags if isinstance(tag, str)]
