"""Measured minimisation: which delivered columns no archived run has used.

A column counts as used if the code of any archived analysis of the project names it, as
a word of its own or within quotes. Code that takes a whole table without naming its
columns has not used them by this measure, which is a hint for the next data request,
not a verdict.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from enclave.archive import notebook, shelf
from enclave.archive.analysis.analysis import source_files
from enclave.delivery import folders, manifest, records
from enclave.delivery.minimisation import POPULATION, PSEUDONYM
from enclave.projects import lifecycle
from enclave.projects.lifecycle import ProjectState
from enclave.settings import Settings


_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Unread:
    """The columns of a project's newest delivery that no archived run has used.

    Attributes
    ----------
    analyses
        How many archived analyses were looked at.
    """

    version: int
    analyses: int
    columns: tuple[str, ...]
    of: int


def unread(session: Session, settings: Settings, project: str) -> Unread:
    """Compare the newest delivery of a project with the code of its analyses.

    Raises
    ------
    NotFoundError
        If there is no such project, or it has no data.
    """
    row = records.version_of(session, project, None)
    folder = folders.version_folder(settings, project, row.grant_id, row.version)
    delivered = [
        f"{table.name}.{column.name}"
        for table in manifest.read(folder).tables
        if table.name != POPULATION
        for column in table.columns
        if column.name != PSEUDONYM
    ]
    archived = shelf.everything(session, project)
    found = [
        sources
        for analysis in archived
        if (sources := source_files(settings.archive / analysis.id))
    ]
    words = {word for sources in found for word in _words(sources)}
    return Unread(
        version=row.version,
        analyses=len(found),
        columns=tuple(
            name for name in delivered if name.partition(".")[2] not in words
        ),
        of=len(delivered),
    )


def unread_everywhere(
    session: Session, settings: Settings, today: date
) -> dict[str, Unread]:
    """Compare the newest delivery of each project that may work, by its slug."""
    return {
        project.slug: unread(session, settings, project.slug)
        for project in lifecycle.everything(session)
        if lifecycle.standing(session, project, today).state is ProjectState.ACTIVE
        and records.of_project(session, project.slug)
    }


def _words(sources: Iterable[Path]) -> set[str]:
    return set(_WORD.findall("\n".join(map(_code, sources))))


def _code(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text("utf-8", errors="replace")
    cells = notebook.read(path).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")
