"""Let browsers keep the files of extensions, whose names say which version they are."""

import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from tornado import httputil
from tornado.web import OutputTransform


_YEAR = 365 * 24 * 3600
# remoteEntry.be18471aaf567c023b03.js, 883.369fbd92285483263252.js?v=369fbd922854,
# templates/enclave/static/index.css?v=ee8de085778696b3..., and Voila's own.
_WITH_DIGEST = re.compile(
    r"/voila/(labextensions/.*\.[0-9a-f]{16,}\.js(\?v=[0-9a-f]+)?"
    r"|templates/.*\?v=[0-9a-f]{16,}"
    r"|static/kept-[0-9a-f]{16}/.*\.js)"
)


def kept_folder(folders: Iterable[Path]) -> str:
    """Return where a browser finds the scripts of some folders, to be kept.

    Voila's own have no version in their names, so each would be asked for again on
    every visit: sixty times. Below an address that follows from what they hold, they
    need not be.
    """
    found = sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.js")):
            found.update(str(file.relative_to(folder)).encode() + b"\0")
            found.update(file.read_bytes())
    return f"voila/static/kept-{found.hexdigest()[:16]}"


class KeptFiles(OutputTransform):
    """Say of a file that never changes that it need not be asked for again."""

    def __init__(self, request: httputil.HTTPServerRequest) -> None:
        super().__init__(request)
        self._never_changes = _WITH_DIGEST.search(request.uri or "") is not None

    def transform_first_chunk(
        self,
        status_code: int,
        headers: httputil.HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001 - tornado's signature
    ) -> tuple[int, httputil.HTTPHeaders, bytes]:
        """Add the header to files that were found."""
        if self._never_changes and status_code in {200, 304}:
            headers["Cache-Control"] = f"private, max-age={_YEAR}, immutable"
        return super().transform_first_chunk(status_code, headers, chunk, finishing)
