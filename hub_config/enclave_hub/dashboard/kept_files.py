"""Let browsers keep the files of our page: their addresses say which version it is."""

import re

from tornado import httputil
from tornado.web import OutputTransform


_YEAR = 365 * 24 * 3600
# templates/enclave/static/page.js?v=ee8de085778696b3...
_WITH_DIGEST = re.compile(r"/voila/templates/.*\?v=[0-9a-f]{16,}")


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
