"""The files that a workspace's page may see: those of the project and the home."""

import os
from pathlib import Path

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado import web


_SEEN = (Path("/project"), Path("/home"))


class ProjectFiles(AsyncLargeFileManager):
    """Follow no link out of the project.

    User code leaves links in the folders, and the server would follow them with its own
    eyes: into its own ``/proc``, where user code sees nothing.
    """

    def _get_os_path(self, path: str) -> str:
        found: str = super()._get_os_path(path)  # type: ignore[no-untyped-call]
        real = Path(os.path.realpath(found))
        if not any(real.is_relative_to(folder) for folder in _SEEN):
            raise web.HTTPError(404, "There is no such file in this project.")
        return found
