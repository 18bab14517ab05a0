"""Where the versions of a project's data lie: in a folder for each grant.

A workspace sees the folders of the grants that name its person, and no other; what is
delivered under them later is there at once.
"""

from pathlib import Path

from enclave.errors import NotFoundError
from enclave.settings import Settings


def project_folder(settings: Settings, project: str) -> Path:
    """Return the folder of everything delivered to a project."""
    return settings.deliveries / project


def grant_folder(settings: Settings, project: str, grant: str) -> Path:
    """Return the folder of what was delivered under one grant."""
    return project_folder(settings, project) / grant


def version_folder(settings: Settings, project: str, grant: str, version: int) -> Path:
    """Return the folder of one version, whether it is there or not."""
    return grant_folder(settings, project, grant) / f"{version:04d}"


def folder_of(settings: Settings, project: str, version: int) -> Path:
    """Return the folder of a version that is there, under whichever grant.

    Raises
    ------
    NotFoundError
        If its files are not there.
    """
    found = list(project_folder(settings, project).glob(f"*/{version:04d}"))
    if not found:
        raise NotFoundError(
            f"The files of version {version} of the data of {project} are not there."
            " `enclave deliver` makes those of a grant again."
        )
    return found[0]
