"""The folder ``/project/return`` of a project: what lies in it, and handing it in.

Whoever hands something in does so outside the workspace, signed in at the portal: what
runs in a workspace can put things here, and nothing more. What is handed in is taken as
it is at that moment, without following a link (:mod:`enclave.returns.taking`).
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from enclave.archive.intake import read_file
from enclave.archive.jobs import enqueue_submission
from enclave.archive.submission import Submission
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import lifecycle, memberships
from enclave.returns.datasets import desk as datasets
from enclave.returns.findings import desk as findings
from enclave.returns.findings.form import LARGEST
from enclave.returns.scratch import scratch
from enclave.returns.taking import names_in, open_folder, take
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse


Kind = Literal["analysis", "dataset", "finding"]

# Names are shown outside the workspace: few, short and plain.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_MOST = 50
# The portal checks a dataset while the person waits, in many times the memory.
_LARGEST_DATA = 50_000_000
_CODE = frozenset({".ipynb", ".py", ".r"})


@dataclass(frozen=True)
class Entry:
    """Something that can be handed in: an analysis, a dataset or a finding."""

    name: str
    kind: Kind


def place_of(settings: Settings, slug: str) -> Path:
    """Return where the folder of a project lies on the host."""
    return settings.projects / slug / "shared" / "return"


def entries(settings: Settings, slug: str) -> list[Entry]:
    """Return what can be handed in, in the order of the names; at most fifty."""
    with suppress(OSError), open_folder(place_of(settings, slug)) as root:
        names = sorted(filter(_NAME.fullmatch, names_in(root)))
        found = (Entry(name, kind) for name in names for kind in _kinds(root, name))
        return list(islice(found, _MOST))
    return []


def overlooked(settings: Settings, slug: str) -> int:
    """Return how many things lie there that cannot be handed in as they are.

    Their names are not told: they may be anything.
    """
    with suppress(OSError), open_folder(place_of(settings, slug)) as root:
        names = [one for one in names_in(root) if not one.startswith(".")]
        return sum(
            not _NAME.fullmatch(name) or not any(_kinds(root, name)) for name in names
        )
    return 0


def hand_in(  # noqa: PLR0913 - what, of which project, by whom
    settings: Settings,
    database: Database,
    slug: str,
    name: str,
    title: str,
    *,
    actor: str,
    clock: Clock = now,
) -> tuple[Kind, int]:
    """Hand in one entry of the folder; return what it is, and its number.

    An analysis is left to a worker, who executes and archives it; the number is the
    job's.

    Raises
    ------
    NotFoundError
        If there is no such entry.
    InputError, PolicyRefusal
        As the archive, the desk of datasets or that of findings.
    """
    with database.begin() as session:
        project = lifecycle.get(session, slug)
        if memberships.role_in(session, project, actor, clock().date()) is None:
            raise PolicyRefusal(f"{actor} is no member of project {slug}.")
    entry = next((one for one in entries(settings, slug) if one.name == name), None)
    if entry is None:
        raise NotFoundError(
            "There is nothing of that name in the return folder any more. Load the page"
            " again."
        )
    with scratch(settings, "taking", slug) as work:
        path = take(place_of(settings, slug), name, work)
        giving = _Giving(settings, database, slug, path, actor, clock)
        match entry.kind:
            case "analysis":
                return entry.kind, giving.analysis(title)
            case "dataset":
                return entry.kind, giving.dataset()
        return entry.kind, giving.finding()


@dataclass(frozen=True)
class _Giving:
    """One thing that was taken out of the folder, on its way to where it belongs."""

    settings: Settings
    database: Database
    project: str
    path: Path
    actor: str
    clock: Clock

    def analysis(self, title: str) -> int:
        submission = Submission.read(
            self.path,
            project=self.project,
            account=self.actor,
            title=title,
            parameters={},
        )
        return enqueue_submission(
            self.settings, self.database, submission, clock=self.clock
        )

    def dataset(self) -> int:
        data = self.path / datasets.DATA
        if data.is_file() and data.stat().st_size > _LARGEST_DATA:
            raise _too_large(self.project)
        made = datasets.submit(
            self.settings,
            self.database,
            data,
            self.path / datasets.CODEBOOK,
            project=self.project,
            actor=self.actor,
            clock=self.clock,
        )
        return made.id

    def finding(self) -> int:
        try:
            document = json.loads(read_file(self.path, largest=LARGEST))
        except (ValueError, RecursionError) as error:
            raise InputError(
                "The finding is no JSON document: write it anew."
            ) from error
        if not isinstance(document, dict):
            raise InputError("The finding is no JSON object: write it anew.")
        catalogue = Warehouse(self.settings).snapshot().catalogue
        with self.database.begin() as session:
            return findings.submit(
                session,
                document,
                catalogue,
                actor=self.actor,
                project=self.project,
                from_workspace=True,
                clock=self.clock,
            ).id


def _too_large(project: str) -> InputError:
    megabytes = _LARGEST_DATA // 1_000_000
    command = f"`enclave returns submit data.csv codebook.json --project {project}`"
    refusal = InputError(
        f"The table is larger than {megabytes} MB, too much for this page. Ask whoever"
        f" runs the enclave to hand it in for you with {command}."
    )
    refusal.danish = (
        f"Tabellen fylder mere end {megabytes} MB, og det er for meget for denne side."
        f" Bed dem, der driver enklaven, om at aflevere den for dig med {command}."
    )
    return refusal


def _kinds(root: int, name: str) -> Iterator[Kind]:
    try:
        mode = os.stat(name, dir_fd=root, follow_symlinks=False).st_mode
        inside = _names_within(root, name) if stat.S_ISDIR(mode) else frozenset()
    except OSError:
        return  # it went meanwhile, or nobody is let in
    if stat.S_ISREG(mode):
        if name.startswith("finding") and name.endswith(".json"):
            yield "finding"
        elif Path(name).suffix.lower() in _CODE:
            yield "analysis"
    elif stat.S_ISDIR(mode):
        if {datasets.DATA, datasets.CODEBOOK} <= inside:
            yield "dataset"
        elif any(Path(one).suffix.lower() in _CODE for one in inside):
            yield "analysis"


def _names_within(root: int, name: str) -> frozenset[str]:
    with open_folder(name, within=root) as handle:
        return frozenset(names_in(handle))
