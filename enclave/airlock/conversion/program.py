"""Make one uploaded file into a plain CSV, in a sandbox that sees nothing else.

Run as ``python -m enclave.airlock.conversion.program FILE DESCRIPTOR``: the CSV goes
behind the descriptor, the answer to standard output, as JSON. Whoever sends a file
meant to break its reader breaks this process; one that takes it over is in a room
without files, network or keys, and can write nothing but what is looked at anew.
"""

import csv
import errno
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from enclave.airlock.conversion.plain_csv import MOST_ROW_BYTES
from enclave.airlock.conversion.refusals import DAMAGED, HOST, TOO_LARGE


# What the machine lacks, and no file can be blamed for.
_LACKING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE}


def answer(file: Path, target: int) -> dict[str, Any]:
    """Convert a file; return what the header says."""
    # ruff: noqa: PLC0415 - a reader that is not installed is told, not died of
    try:
        from enclave.airlock.conversion.readers import opening
        from enclave.airlock.conversion.readers.unreadable import UnreadableError
    except ImportError:
        return {"refused": HOST}
    try:
        table = opening.open_table(file)
        with os.fdopen(target, "wb", closefd=False) as sink:
            rows = table.write(sink)
    except UnreadableError as error:
        return {"refused": error.reason}
    except Exception as error:  # noqa: BLE001 - libraries raise what they like
        return {"refused": _reason(error)}
    return {
        "format": table.format,
        "names": list(table.names),
        "declared": list(table.declared),
        "rows": rows,
    }


def _reason(error: Exception) -> str:
    """Tell a file that came to a bound, or is unsound, from a machine that is."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or number == errno.EFBIG:
        return TOO_LARGE
    if isinstance(error, ImportError) or number in _LACKING:
        return HOST
    return DAMAGED


def _main() -> None:
    csv.field_size_limit(MOST_ROW_BYTES)
    # From here on nothing else can be started, whatever the file makes its reader do.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    said = answer(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write("\n" + json.dumps(said) + "\n")


if __name__ == "__main__":
    _main()
