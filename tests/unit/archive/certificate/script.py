"""The script that checks a certificate alone, and certificates signed otherwise."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from enclave.archive import verify_certificate


SCRIPT = Path(verify_certificate.__file__)


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )


def signed_otherwise(document: dict[str, Any], **parts: str) -> dict[str, Any]:
    return {**document, "signature": {**document["signature"], **parts}}
