"""Send the scripts and styles of the pages compressed, each compressed once.

They are 0.6 MB of text, and pass two proxies before they reach a browser. Nothing else
is compressed: a page in which something secret stands beside something that a visitor
may choose would tell the secret by its length.
"""

import re
import zlib
from typing import ClassVar

from tornado import httputil
from tornado.web import OutputTransform


_FILES = re.compile(r"/voila/(labextensions|static|templates)/.*")
_TEXT = re.compile(r"(text|application)/(javascript|json|css|html|x-javascript).*")
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 6
# What is smaller fits into one packet anyway.
_SMALLEST = 1000
_OK = 200


class CompressedFiles(OutputTransform):
    """Compresses files that never change while the server runs."""

    # By the entity tag of the file, which follows from its content.
    _known: ClassVar[dict[str, bytes]] = {}

    def __init__(self, request: httputil.HTTPServerRequest) -> None:
        super().__init__(request)
        self._wanted = (
            _FILES.search(request.path) is not None
            and request.method == "GET"
            and "Range" not in request.headers
        )
        self._accepted = "gzip" in request.headers.get("Accept-Encoding", "")
        self._tag = ""
        self._read: list[bytes] | None = None
        self._sent = False

    def transform_first_chunk(
        self,
        status_code: int,
        headers: httputil.HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001 - tornado's signature
    ) -> tuple[int, httputil.HTTPHeaders, bytes]:
        """Say that what follows is compressed."""
        if self._wanted and _TEXT.fullmatch(headers.get("Content-Type", "")):
            headers.add("Vary", "Accept-Encoding")
            self._tag = headers.get("Etag", "")
            long = int(headers.get("Content-Length", _SMALLEST)) >= _SMALLEST
            if self._accepted and status_code == _OK and self._tag and long:
                headers["Content-Encoding"] = "gzip"
                headers.pop("Content-Length", None)
                if self._tag in self._known:
                    headers["Content-Length"] = str(len(self._known[self._tag]))
                self._read = []
                chunk = self.transform_chunk(chunk, finishing)
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:  # noqa: FBT001
        """Return everything compressed, once it is there."""
        if self._read is None:
            return chunk
        known = self._known.get(self._tag)
        if known is None:
            self._read.append(chunk)
            if not finishing:
                return b""
            compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
            known = compressor.compress(b"".join(self._read)) + compressor.flush()
            self._known[self._tag] = known
        if self._sent:
            return b""
        self._sent = True
        return known
