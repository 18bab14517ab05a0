"""How much of the disk a project uses: watched from outside its sandboxes.

Most file systems keep no quota of a folder, and those that do need the operator's hand.
So the hub looks itself, before a workspace opens and while it runs. What is written
between two looks may exceed the bound; that is why some of the disk is kept free for
everybody else, and looked at as well.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enclave.errors import PolicyRefusal
from enclave.sandbox.description import GIBIBYTE


@dataclass(frozen=True)
class DiskBound:
    """What the folders of one project may take.

    Attributes
    ----------
    used_bytes, files
        Of all its files together; folders count as files.
    free_bytes
        What has to be left on the file system.
    """

    used_bytes: int = 50 * GIBIBYTE
    files: int = 1_000_000
    free_bytes: int = 2 * GIBIBYTE

    def check(self, folder: Path) -> None:
        """Return if the folder of a project is within its bound.

        Raises
        ------
        PolicyRefusal
            Saying how much is used, and what to do.
        """
        if not folder.exists():
            return
        if shutil.disk_usage(folder).free < self.free_bytes:
            raise PolicyRefusal(
                "The disk of the enclave is nearly full, so no workspace is open: what"
                " is saved is safe. The people who run this enclave have to make room."
            )
        used = files = 0
        for size in _sizes(folder):
            used, files = used + size, files + 1
            if used > self.used_bytes or files > self.files:
                raise PolicyRefusal(self._too_much(folder.name))

    def _too_much(self, project: str) -> str:
        return (
            f"The folders of project {project} take more than the"
            f" {self.used_bytes / GIBIBYTE:.3g} GiB or {self.files:,} files that a"
            " project has. What is saved is safe. Ask a data manager to remove what is"
            " not needed, or for more room."
        )


def _sizes(folder: Path) -> Iterator[int]:
    """Say of each file what it takes; what vanishes meanwhile takes nothing."""
    waiting = [str(folder)]
    while waiting:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:
            continue
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                try:
                    # Blocks and not length: a file with holes takes less than it says.
                    yield entry.stat(follow_symlinks=False).st_blocks * 512
                except OSError:
                    continue
