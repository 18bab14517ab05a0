"""Where members of a project find what came of re-runs: beside the data, read-only.

A workspace mounts the folder of each grant that names the person, as it mounts the
deliveries: who may not see the data sees no output that was computed from them.
"""

from pathlib import Path

from enclave import durable
from enclave.archive.side_by_side import SideBySide
from enclave.settings import Settings


def folder_of(settings: Settings, slug: str, grant: str) -> Path:
    """Return the folder of a grant's comparisons on the host."""
    return folder_of_project(settings, slug) / grant


def folder_of_project(settings: Settings, slug: str) -> Path:
    """Return the folder of all comparisons of a project."""
    return settings.archive / "comparisons" / slug


def share(settings: Settings, slug: str, grant: str, seen: SideBySide) -> None:
    """Put it where workspaces see it."""
    name = seen.name.replace("/", "-")
    content = seen.model_dump_json().encode()
    durable.write_file(folder_of(settings, slug, grant) / f"{name}.json", content)
