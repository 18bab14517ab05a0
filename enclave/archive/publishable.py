"""The copy of an analysis that may leave: rebuilt from what is code or prose.

An identifier can hide in two dozen places of a notebook, and tools that *remove* what
they know of left 7 of 22. So nothing is removed here: a new notebook is made, and only
what is named below gets into it. What remains is what the author typed, and that is
searched for identifiers; a copy in which one is found is withheld.
"""

import re
import unicodedata
from typing import Any, NamedTuple

from enclave.archive.notebook import Cell, Notebook
from enclave.identity import cpr
from enclave.identity.pseudonyms import ALPHABET


# Tags that say how a cell is run or compared. Others are words of the author.
_TAGS = frozenset(
    {
        "parameters",
        "raises-exception",
        "nbval-ignore-output",
        "nbval-check-output",
        "nbval-raises-exception",
        "nbval-skip",
    }
)
# Cells that papermill wrote: the values of parameters, and messages of errors.
_NOT_THE_AUTHORS = frozenset({"injected-parameters", "papermill-error-cell-tag"})

# What a reader of the page would not see, or would see as a picture.
_HIDDEN_IN_MARKDOWN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|!\[[^\]]*\]\([^)]*\)"
    r"|<(?:img|object|embed|iframe|svg|script|style)\b.*?(?:>|\Z)"
    r"|^[ \t]*\[[^\]\n]*\]:.*$"
    r"|data:[\w.+/-]*[;,][^\s)\"'>]*",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_PSEUDONYM = re.compile(
    rf"(?<![A-Za-z0-9])[0-7][{ALPHABET}]{{25}}(?![A-Za-z0-9])", re.IGNORECASE
)


class Suspicion(NamedTuple):
    """Something in a cell that looks like an identifier. It does not hold the text."""

    cell: int
    kind: str
    file: str = ""

    def __str__(self) -> str:
        """Say where it is; ``cell`` is 0 in what has no cells."""
        cell = f"cell {self.cell}" if self.cell else "it"
        return (
            f"{self.file}: {cell} holds {self.kind}"
            if self.file
            else f"{cell} holds {self.kind}"
        )


def publishable(notebook: Notebook, *, kernel: str, language: str) -> dict[str, Any]:
    """Build a notebook that holds the code and the prose, and nothing else.

    Parameters
    ----------
    notebook
        The source, executed or not.
    kernel, language
        Name and language of the kernel it was archived with.
    """
    cells = [cell for cell in notebook.cells if _is_published(cell)]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {
                "name": kernel,
                "display_name": kernel,
                "language": language,
            },
        },
        "cells": [_rebuild(cell, number) for number, cell in enumerate(cells, 1)],
    }


def suspicions(notebook: Notebook) -> list[Suspicion]:
    """Search what would be published for text shaped like a CPR number or pseudonym."""
    return [
        Suspicion(number, kind)
        for number, cell in enumerate(notebook.cells, 1)
        if _is_published(cell)
        for kind in identifiers_in(_source(cell))
    ]


def identifiers_in(text: str) -> list[str]:
    """Name the kinds of identifier that a text seems to hold."""
    # Full-width digits and invisible characters are the oldest tricks.
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )
    found = ["a CPR number"] if any(cpr.find(plain)) else []
    return [*found, "a pseudonym"] if _PSEUDONYM.search(plain) else found


def _is_published(cell: Cell) -> bool:
    return cell.cell_type != "raw" and not cell.tags & _NOT_THE_AUTHORS


def _rebuild(cell: Cell, number: int) -> dict[str, Any]:
    tags = sorted(cell.tags & _TAGS)
    rebuilt: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": f"cell-{number}",
        "metadata": {"tags": tags} if tags else {},
        "source": _source(cell),
    }
    if cell.cell_type == "code":
        rebuilt |= {"execution_count": None, "outputs": []}
    return rebuilt


def _source(cell: Cell) -> str:
    if cell.cell_type == "markdown":
        return _HIDDEN_IN_MARKDOWN.sub("", cell.source)
    return cell.source
