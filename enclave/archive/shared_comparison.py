"""Where members of a project find what came of re-runs: beside the data, read-only.

A workspace mounts the folder of each grant that names the person, as it mounts the
deliveries: who may not see the data sees no output that was computed from them.
"""

from pathlib import Path

from sqlalchemy import select

from enclave import durable
from enclave.archive.locks import lock_of_close_out
from enclave.archive.side_by_side import SideBySide
from enclave.lock import exclusive
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Project
from enclave.store.return_tables import ProjectDestruction


def folder_of(settings: Settings, slug: str, grant: str) -> Path:
    """Return the folder of a grant's comparisons on the host."""
    return folder_of_project(settings, slug) / grant


def folder_of_project(settings: Settings, slug: str) -> Path:
    """Return the folder of all comparisons of a project."""
    return settings.archive / "comparisons" / slug


def share(
    settings: Settings, database: Database, slug: str, grant: str, seen: SideBySide
) -> None:
    """Put it where workspaces see it; nowhere, once the project is to be destroyed.

    What is signed as destroyed must not come back by a re-run that is taken up again.
    """
    name = seen.name.replace("/", "-")
    content = seen.model_dump_json().encode()
    with exclusive(lock_of_close_out(settings, slug)):
        if not _is_to_be_destroyed(database, slug):
            path = folder_of(settings, slug, grant) / f"{name}.json"
            durable.write_file(path, content)


def _is_to_be_destroyed(database: Database, slug: str) -> bool:
    ordered = (
        select(ProjectDestruction.project_number)
        .join(Project, Project.number == ProjectDestruction.project_number)
        .where(Project.slug == slug)
    )
    with database.begin() as session:
        return session.scalar(ordered) is not None
