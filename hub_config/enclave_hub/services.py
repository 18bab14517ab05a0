"""The processes that the hub keeps running beside itself."""

import socket
import sys
from typing import Any

from enclave_hub.places import Places


# Each is a notebook of that name, served apart from the others.
DASHBOARDS = ("feasibility", "catalogue", "reruns")


def managed_services(places: Places) -> list[dict[str, Any]]:
    """Describe what JupyterHub starts beside itself, and starts again."""
    environment = places.settings.environment()
    return [
        {
            "name": "portal",
            "url": _loopback_url(),
            "command": ends_with_parent(_module("enclave_hub.portal_service")),
            "environment": environment,
            "oauth_no_confirm": True,
        },
        *(
            {
                "name": dashboard,
                "url": _loopback_url(),
                "command": ends_with_parent(_module("enclave_hub.dashboard.service")),
                "environment": environment,
                "oauth_no_confirm": True,
            }
            for dashboard in DASHBOARDS
        ),
        {
            "name": "front",
            "command": ends_with_parent(_module("enclave_hub.front.service")),
            "environment": environment,
        },
        {
            "name": "worker",
            "command": ends_with_parent([*_module("enclave"), "worker"]),
            "environment": environment,
        },
    ]


def ends_with_parent(command: list[str]) -> list[str]:
    """Have the operating system end a command with the process that started it."""
    return ["/usr/bin/setpriv", "--pdeathsig", "TERM", "--", *command]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _loopback_url() -> str:
    """Choose a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
