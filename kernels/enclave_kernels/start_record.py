"""Have each start of a kernel recorded, before it happens.

A Jupyter server in a sandbox cannot write the audit log. It tells the relay outside
which kernel it is about to start; the relay knows who works in which project, and
writes it down. A start that is not recorded does not happen.
"""

import json
import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from enclave.errors import HostError


VARIABLE = "ENCLAVE_KERNEL_STARTS"
"""Names the socket of who records; unset where the whole run is recorded anyway."""

PATH = "/enclave/kernel-starts"

RECORDED = 204

_PATIENCE = 30.0  # seconds


def record_start(recorder: Path, kernel: str) -> None:
    """Tell who records that a kernel is about to start.

    Raises
    ------
    HostError
        If it was not recorded.
    """
    if tell(recorder, PATH, {"kernel": kernel}) != RECORDED:
        raise HostError(
            f"The start of {kernel} could not be recorded, so it was not started. Close"
            " this workspace and open it again; if that does not help, tell the people"
            " who run this enclave."
        )


def tell(recorder: Path, path: str, document: dict[str, Any]) -> int:
    """Tell something to who records; return the status of the answer, 0 for none."""
    connection = HTTPConnection("enclave", timeout=_PATIENCE)
    try:
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(_PATIENCE)
        connection.sock.connect(str(recorder))
        connection.request("POST", path, json.dumps(document))
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
