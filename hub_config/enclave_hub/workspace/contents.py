"""The files that a workspace's page may see: those of the project and the home."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado import web


class LeadsNowhereError(web.HTTPError, OSError):
    """A link that is not followed: out of the project, or to nothing.

    Who asks for it is told that there is no such file. Where a folder is listed,
    Jupyter passes over what the system calls a loop; any other error would hide the
    whole folder.
    """

    def __init__(self) -> None:
        super().__init__(404, "There is no such file in this project.")
        self.errno = errno.ELOOP


class ProjectFiles(AsyncLargeFileManager):
    """Follow no link out of the project.

    User code leaves links in the folders, and the server would follow them with its own
    eyes: into its own ``/proc``, where user code sees nothing.
    """

    seen = (Path("/project"), Path("/home"))

    def _get_os_path(self, path: str) -> str:
        found = Path(super()._get_os_path(path))  # type: ignore[no-untyped-call]
        real = Path(os.path.realpath(found))
        followed = any(real.is_relative_to(folder) for folder in self.seen)
        if not followed or (found.is_symlink() and not real.exists()):
            raise LeadsNowhereError
        return str(found)

    @contextmanager
    def perm_to_403(self, os_path: str = "") -> Iterator[None]:
        """Refuse what is mounted to be read as what may not be written."""
        with super().perm_to_403(os_path):
            try:
                yield
            except OSError as error:
                if error.errno != errno.EROFS:
                    raise
                reason = os.strerror(errno.EACCES)
                raise PermissionError(errno.EACCES, reason, error.filename) from error
