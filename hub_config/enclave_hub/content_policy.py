"""What a browser may do with a page of a workspace or a dashboard.

A page of a workspace shows what user code wrote, so its scripts are user code. The
policy keeps them from talking to anything but the server they came from: no other host,
and on this host neither the hub, nor the portal, nor another project of the same
person, whose cookies the browser would send along. ``sandbox`` without pop-ups and
downloads stops those two.

What it cannot stop is a page that navigates *itself* elsewhere with data in the
address; that takes a frame of another origin around the page.
"""

import os
from typing import Any

from tornado import httputil
from tornado.web import OutputTransform


class ContentPolicy(OutputTransform):
    """Put the policy on every answer, whichever handler gave it."""

    def __init__(self, request: httputil.HTTPServerRequest) -> None:
        super().__init__(request)
        prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
        self._policy = content_policy(request.host, prefix)

    def transform_first_chunk(
        self,
        status_code: int,
        headers: httputil.HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001 - tornado's signature
    ) -> tuple[int, httputil.HTTPHeaders, bytes]:
        """Replace the headers that guard the page."""
        for name, value in self._policy.items():
            headers[name] = value
        return super().transform_first_chunk(status_code, headers, chunk, finishing)


def content_policy(host: str, prefix: str) -> dict[str, str]:
    """Return the headers for pages below ``prefix`` on ``host``.

    The host is the one that the browser named: a policy can only tell one path from
    another beside a host, and people reach one server by several names.
    """
    own = f"http://{host}{prefix} https://{host}{prefix}"
    own_sockets = f"ws://{host}{prefix} wss://{host}{prefix}"
    directives: dict[str, Any] = {
        "default-src": "'self'",
        # Lab and widgets evaluate code and import their modules from blobs.
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "connect-src": f"{own} {own_sockets} data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": f"{own} blob: data:",
        "form-action": own,
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "sandbox": "allow-scripts allow-same-origin allow-forms allow-modals",
    }
    return {
        "Content-Security-Policy": "; ".join(
            f"{name} {value}" for name, value in directives.items()
        ),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
