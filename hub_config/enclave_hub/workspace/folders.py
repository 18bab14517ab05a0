"""The folders of a project on the host that its workspaces see."""

import os
from pathlib import Path
from typing import Any

from enclave.archive import shared_comparison
from enclave.delivery.folders import grant_folder
from enclave.sandbox.description import Account, Mount
from enclave.settings import Settings
from enclave_hub.workspace import welcome


# Beside the packages, where they are run from the repository.
_TEMPLATES = Path(__file__).parents[3] / "notebooks" / "templates"
_SHARED = ("work", "outbox", "return")
_BY_GRANT = ("versions", "comparisons")


def project_mounts(
    settings: Settings,
    slug: str,
    person: str,
    account: Account | None,
    grants: tuple[str, ...] = (),
    data: Path | None = None,
) -> tuple[Mount, ...]:
    """Make the folders of a project that are missing; return what a workspace mounts.

    ``/project/about``
        What the project has for the person, and until when, read-only.
    ``/project/templates``
        Analyses to begin from, read-only.
    ``/project/data``
        The person's latest delivery when it was opened, read-only; at first empty.
    ``/project/versions``
        All deliveries for this person, read-only: a folder for each grant that names
        them, with one for each version; a new one is there at once.
    ``/project/comparisons``
        What came of re-runs on these, read-only: a folder for each grant likewise.
    ``/project/own``
        The project's own data, pseudonymised, read-only.
    ``/project/work``
        Shared by the members.
    ``/project/outbox``
        A file put here asks to be let out.
    ``/project/return``
        What the project gives back: analyses, cleaned data, findings.
    ``/home/<person>``
        The person's own in this project.

    Of deliveries only those under ``grants``, which are in force and name the person;
    ``data`` is the folder of the newest.
    """
    own = settings.projects / slug
    home, shared = own / "homes" / person, [own / "shared" / name for name in _SHARED]
    for folder in (*shared, home):
        _make_private(folder, account)
    # What is around them is read-only: nobody saves into what ends with the workspace.
    return (
        Mount(_frame(own, person, grants), Path("/project")),
        Mount(_documents(own, person), Path("/project/about")),
        Mount(_templates(own), Path("/project/templates")),
        Mount(_there(data) or _made(own / "nothing-delivered"), Path("/project/data")),
        *(mount for grant in grants for mount in _of_grant(settings, slug, grant)),
        Mount(_made(own / "own"), Path("/project/own")),
        *(Mount(f, Path("/project", f.name), writable=True) for f in shared),
        Mount(home, Path("/home", person), writable=True),
    )


def _there(data: Path | None) -> Path | None:
    """Return a folder if it is there: what was destroyed stays on record."""
    return data if data is not None and data.is_dir() else None


def _of_grant(settings: Settings, slug: str, grant: str) -> list[Mount]:
    folders = (
        grant_folder(settings, slug, grant),
        shared_comparison.folder_of(settings, slug, grant),
    )
    return [
        Mount(_made(folder), Path("/project", name, grant))
        for name, folder in zip(_BY_GRANT, folders, strict=True)
    ]


def lay_ready(
    settings: Settings,
    slug: str,
    person: str,
    facts: dict[str, Any],
    account: Account | None,
) -> None:
    """Write a member's documents, and once the project's notebook to begin with."""
    own = settings.projects / slug
    _make_private(own / "shared" / "work", account)
    welcome.write_documents(_documents(own, person), facts)
    welcome.place_notebook(own, facts, account)


def _documents(own: Path, person: str) -> Path:
    folder = own / "about" / person
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _templates(own: Path) -> Path:
    return _TEMPLATES if _TEMPLATES.is_dir() else _made(own / "no-templates")


def _frame(own: Path, person: str, grants: tuple[str, ...]) -> Path:
    """Return a folder that holds the empty folders which the others are mounted on."""
    frame = own / "frames" / person
    for name in ("about", "data", "own", "templates", *_SHARED, *_BY_GRANT):
        _made(frame / name)
    for name in _BY_GRANT:
        for left in frame.glob(f"{name}/*"):
            if left.name not in grants:
                left.rmdir()
        for grant in grants:
            _made(frame / name / grant)
    return frame


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make_private(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None and folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
