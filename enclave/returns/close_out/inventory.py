"""The folders of a project that are destroyed at its end, and how much is in them."""

import os
from pathlib import Path
from typing import Any

from enclave.archive import shared_comparison
from enclave.returns import scratch
from enclave.settings import Settings


def folders_of(settings: Settings, plan: dict[str, Any]) -> list[Path]:
    """Return every folder that holds data of the project of a plan."""
    return [
        settings.deliveries / plan["project"],
        settings.projects / plan["project"],
        *(settings.ingress / str(number) for number in plan["own_data"]),
        shared_comparison.folder_of_project(settings, plan["project"]),
        *scratch.folders_of(settings, plan["project"]),
    ]


def count(folder: Path) -> dict[str, int]:
    """Return how many files there are below a folder, and of how many bytes.

    No link is followed: members of the project could lay one to anywhere.
    """
    files = size = 0
    for _, _, names, parent in os.fwalk(folder, follow_symlinks=False):
        for name in names:
            files += 1
            size += os.stat(name, dir_fd=parent, follow_symlinks=False).st_size
    return {"files": files, "bytes": size}
