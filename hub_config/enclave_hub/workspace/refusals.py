"""What a workspace's server says when it refuses, in the reader's language.

JupyterLab shows a person what its server answers, and that is a sentence for
programmers, or the system's own. What people meet is said as everything else is here.
"""

import json

from tornado import httputil
from tornado.web import OutputTransform

from enclave.phrasebook import Phrasebook


_ERROR = 400

_IN_ENGLISH = Phrasebook(__package__, "refusals.yaml")
_IN_DANISH = Phrasebook("enclave_hub")


class Refusals(OutputTransform):
    """Say every refusal that is known so that it can be understood."""

    def __init__(self, request: httputil.HTTPServerRequest) -> None:
        super().__init__(request)
        accepted = request.headers.get("Accept-Language", "")
        self._danish = accepted[:2].lower() == "da"

    def transform_first_chunk(
        self,
        status_code: int,
        headers: httputil.HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001 - tornado's signature
    ) -> tuple[int, httputil.HTTPHeaders, bytes]:
        """Replace what an answer in JSON says, if it is a refusal."""
        kind = headers.get("Content-Type", "")
        whole = finishing and bool(chunk) and kind.startswith("application/json")
        if status_code >= _ERROR and whole:
            chunk = self._said(chunk)
            headers["Content-Length"] = str(len(chunk))
        return super().transform_first_chunk(status_code, headers, chunk, finishing)

    def _said(self, chunk: bytes) -> bytes:
        try:
            answer = json.loads(chunk)
        except ValueError:
            # Some are sent bare, under the name of JSON, and JupyterLab shows neither.
            answer = {"message": chunk.decode(errors="replace"), "reason": None}
        if isinstance(answer, dict) and isinstance(answer.get("message"), str):
            answer["message"] = refusal(answer["message"], danish=self._danish)
        return json.dumps(answer).encode()


def refusal(said: str, *, danish: bool) -> str:
    """Return what is said to a person instead; the same where that is not known."""
    english = _IN_ENGLISH.translated(said)
    return _IN_DANISH.translated(english) if danish else english
