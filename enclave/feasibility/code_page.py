"""Codes to browse, each with its band: the same for command line, API and pages."""

from dataclasses import dataclass
from typing import Any

from enclave.cohort.code_lists.tree import TreeCode, code_tree
from enclave.feasibility.answering_snapshot import answering_snapshot
from enclave.feasibility.code_bands import Band, released_bands
from enclave.settings import Settings
from enclave.store.database import Database


@dataclass(frozen=True)
class BandedCode:
    """A code, and between how many persons have it; null where no band is released."""

    code: TreeCode
    band: Band | None


@dataclass(frozen=True)
class CodePage:
    """What stands below one code, or at the top of its system.

    Attributes
    ----------
    path
        The code and everything above it, the top first; empty at the top.
    """

    systems: tuple[str, ...]
    system: str
    path: tuple[BandedCode, ...]
    below: tuple[BandedCode, ...]
    snapshot: int


def code_page(
    settings: Settings, database: Database, system: str | None, code: str | None
) -> CodePage:
    """Return a page of the snapshot that answers questions.

    Parameters
    ----------
    system
        By default the first one.

    Raises
    ------
    NotFoundError
        If there is no such system or code, or no snapshot.
    """
    snapshot = answering_snapshot(settings)
    tree = code_tree(snapshot)
    shown = system or next(iter(tree.systems), "")
    bands = released_bands(database, snapshot.number)

    def banded(found: list[TreeCode]) -> tuple[BandedCode, ...]:
        return tuple(
            BandedCode(one, bands.get((one.system, one.code))) for one in found
        )

    return CodePage(
        systems=tuple(tree.systems),
        system=shown,
        path=banded(tree.path(shown, code) if code else []),
        below=banded(tree.children(shown, code)),
        snapshot=snapshot.number,
    )


def in_words(band: Band, language: str = "en") -> str:
    """Write a band in English (``en``) or Danish (``da``)."""
    fewer, more, to = _WORDS[language]
    if band.at_least is None:
        return f"{fewer} {_figure(band.below, language)}"
    if band.below is None:
        return f"{_figure(band.at_least, language)} {more}"
    highest = _figure(band.below - 1, language)
    return f"{_figure(band.at_least, language)} {to} {highest}"


def page_document(page: CodePage) -> dict[str, Any]:
    """Return a page as JSON."""
    return {
        "systems": list(page.systems),
        "system": page.system,
        "snapshot": page.snapshot,
        "path": [_document(one) for one in page.path],
        "below": [_document(one) for one in page.below],
    }


def _document(one: BandedCode) -> dict[str, Any]:
    return {
        "code": one.code.code,
        "label_en": one.code.label_en,
        "label_da": one.code.label_da,
        "children": one.code.children,
        "persons": None
        if one.band is None
        else {"at_least": one.band.at_least, "below": one.band.below},
    }


_WORDS = {
    "en": ("fewer than", "or more", "to"),
    "da": ("færre end", "eller flere", "til"),
}


def _figure(number: int | None, language: str) -> str:
    text = f"{number:,}"
    return text.replace(",", ".") if language == "da" else text
