"""Measured minimisation: which delivered columns no run has read.

A kernel says which columns it reads through ``project``: in a workspace to the hub,
which keeps the last day, and in the run that archives an analysis to the record of that
run. What a program reads past ``project``, by opening a file itself, is not traced, nor
is what a kernel reads that does not say it. Of an analysis that does either, the
columns count too that its code names, as a word of its own or within quotes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from sqlalchemy.orm import Session

from enclave.archive import layout, notebook, shelf
from enclave.archive.analysis.analysis import source_files
from enclave.archive.run_times import RunTimes
from enclave.delivery import readings, records
from enclave.delivery.minimisation import POPULATION, PSEUDONYM
from enclave.projects import lifecycle
from enclave.projects.lifecycle import ProjectState
from enclave.settings import Settings


_WORD = re.compile(r"\w+")
# An honest program names the folder or the file that it opens.
_OPENS_FILES = r"/project/(?:data|versions)|ENCLAVE_DATA|\b(?:{tables})\.(?:{kinds})\b"
_KINDS = "parquet|csv|dta|xpt"


@dataclass(frozen=True)
class ColumnUse:
    """Who has read a delivered column.

    Attributes
    ----------
    column
        As ``table.column``.
    last
        Day on which it was last read in a workspace.
    analyses
        How many archived analyses read it.
    """

    column: str
    last: date | None
    analyses: int

    @property
    def read(self) -> bool:
        """True if anybody has."""
        return self.last is not None or self.analyses > 0


@dataclass(frozen=True)
class DeliveryUse:
    """Who has read the columns of one version of a project's data, or of another.

    Attributes
    ----------
    analyses, untraced
        Archived analyses that were looked at, and those that were not traced whole.
    file_only
        Tables that came as no Parquet: nobody can trace what is read of them.
    """

    version: int
    analyses: int
    untraced: int
    columns: tuple[ColumnUse, ...]
    file_only: tuple[str, ...]

    @property
    def unread(self) -> tuple[str, ...]:
        """The columns that nobody has read, as far as that is traced."""
        return tuple(
            use.column
            for use in self.columns
            if not use.read and use.column.partition(".")[0] not in self.file_only
        )


def column_use(
    session: Session,
    settings: Settings,
    project: str,
    version: int | None = None,
    until: date = date.max,
) -> DeliveryUse:
    """Say who has read each column of a version, the newest by default, until a day.

    Raises
    ------
    NotFoundError, InputError
        If there is no such project, or it has no such data.
    """
    row = records.version_of(session, project, version)
    delivered = readings.delivered(session, settings, project, row.version)
    columns = [name for name in delivered if _granted(name)]
    tables = {name.partition(".")[0]: delivered[name] for name in columns}
    days = readings.last_days(session, row.project_number, until)
    archived = [
        _Analysis(settings.archive / one.id, tuple(tables))
        for one in shelf.everything(session, project)
        if one.archived.date() <= until
    ]
    archived = [one for one in archived if one.sources]
    return DeliveryUse(
        version=row.version,
        analyses=len(archived),
        untraced=sum(not one.traced for one in archived),
        columns=tuple(
            ColumnUse(name, days.get(name), sum(one.reads(name) for one in archived))
            for name in columns
        ),
        file_only=tuple(table for table, traced in tables.items() if not traced),
    )


def _granted(column: str) -> bool:
    """Tell whether somebody asked for a column: pseudonyms come with every table."""
    table, _, name = column.partition(".")
    return table != POPULATION and name != PSEUDONYM


def use_everywhere(
    session: Session, settings: Settings, today: date
) -> dict[str, DeliveryUse]:
    """Say it of the newest delivery of each project that may work, by its slug."""
    return {
        project.slug: column_use(session, settings, project.slug)
        for project in lifecycle.everything(session)
        if lifecycle.standing(session, project, today).state is ProjectState.ACTIVE
        and records.of_project(session, project.slug)
    }


@dataclass(frozen=True)
class _Analysis:
    """An archived analysis, and the tables that its project has."""

    folder: Path
    tables: tuple[str, ...]

    @cached_property
    def sources(self) -> list[Path]:
        """Its sources; none if its folder is gone."""
        return source_files(self.folder)

    @cached_property
    def traced(self) -> bool:
        """True if all it reads is known."""
        return self._said is not None and not self._opens_files

    def reads(self, column: str) -> bool:
        """Tell whether it reads a column, as ``table.column``."""
        if column in (self._said or ()):
            return True
        return not self.traced and column.partition(".")[2] in self._words

    @cached_property
    def _said(self) -> frozenset[str] | None:
        """What the record of its run says that was read; None if it does not."""
        log = self.folder / layout.RUN_LOG
        if not log.is_file():
            return None
        times = RunTimes.model_validate_json(log.read_bytes())
        steps = [step.record for step in times.steps] or [times.record]
        if any(step.readings is None for step in steps):
            return None
        return frozenset(name for step in steps for name in step.readings or ())

    @cached_property
    def _opens_files(self) -> bool:
        pattern = _OPENS_FILES.format(tables="|".join(self.tables), kinds=_KINDS)
        return re.search(pattern, self._code) is not None

    @cached_property
    def _words(self) -> set[str]:
        return set(_WORD.findall(self._code))

    @cached_property
    def _code(self) -> str:
        return "\n".join(_code_in(self.sources))


def _code_in(sources: Iterable[Path]) -> Iterator[str]:
    for path in sources:
        if path.suffix == ".ipynb":
            cells = notebook.read(path).cells
            yield from (cell.source for cell in cells if cell.cell_type == "code")
        else:
            yield path.read_text("utf-8", errors="replace")
