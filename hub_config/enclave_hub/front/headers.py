"""What the browser is told about pages of the shell and of workspaces."""

from collections.abc import Mapping

from enclave_hub.front.origins import Origins


# What passes from the server inside; all else is its word against ours. Reports, links
# to preload and wider scopes for service workers are ways out.
KEPT = frozenset(
    {
        "content-type",
        "content-length",
        "cache-control",
        "etag",
        "last-modified",
        "expires",
        "x-jupyterhub-version",
    }
)

# Of a frame; those of the page around it are the same.
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-modals"

_FEATURES = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
    *("hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb"),
    *("clipboard-read", "clipboard-write"),
)

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Names are looked up ahead of a click otherwise, and a name can carry data.
    "X-DNS-Prefetch-Control": "off",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
}


def of_workspace(where: Origins, prefix: str) -> dict[str, str]:
    """Return the headers for every answer of one workspace.

    Each directive names the workspace's own path and not ``'self'``: where workspaces
    share an origin, a page of one reaches nothing of another.
    """
    own = f"{where.workspace}{prefix}"
    sockets = own.replace("http", "ws", 1)
    return {
        **_ALWAYS,
        "Content-Security-Policy": _policy(
            {
                "default-src": "'none'",
                # Lab and widgets evaluate code and import their modules from blobs.
                "script-src": f"{own} 'unsafe-inline' 'unsafe-eval' blob:",
                "style-src": f"{own} 'unsafe-inline'",
                "img-src": f"{own} data: blob:",
                "font-src": f"{own} data:",
                "media-src": f"{own} data: blob:",
                "connect-src": f"{own} {sockets} data: blob:",
                "worker-src": f"{own} blob:",
                "frame-src": f"{own} blob: data:",
                "form-action": own,
                "base-uri": "'none'",
                "object-src": "'none'",
                "frame-ancestors": where.shell,
                "sandbox": SANDBOX,
            }
        ),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Origin-Agent-Cluster": "?1",
    }


def of_shell(where: Origins, prefix: str) -> dict[str, str]:
    """Return the headers for the shell: one frame, its own two files, no more."""
    own = f"{where.shell}{prefix}shell/"
    return {
        **_ALWAYS,
        "Content-Security-Policy": _policy(
            {
                "default-src": "'none'",
                "script-src": own,
                "style-src": own,
                "img-src": "data:",
                "connect-src": own,
                # The path, too: the frame cannot go to another project.
                "frame-src": f"{where.workspace}{prefix}",
                "form-action": "'none'",
                "base-uri": "'none'",
                "frame-ancestors": "'none'",
            }
        ),
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _policy(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())
