"""Where a run and its kernel meet: always in the same places.

So the sandbox of a kernel that is forked can be built while its run still starts.
"""

from pathlib import Path

from enclave.sandbox.description import Mount


VARIABLE = "ENCLAVE_KERNEL_PLACES"
"""Set where a run has them; a workspace has many kernels, and a folder for each."""

# As a run sees them: the key, which its kernel may read; its sockets; what it logs.
FOLDER = Path("/run/kernel")
KEY, SOCKETS, LOGS = FOLDER / "key", FOLDER / "sockets", FOLDER / "logs"
CONNECTION = KEY / "c.json"

# As every kernel sees its folder of logs; enclave_kernels.files in a released kernel
# names it too.
READINGS = Path("/run/enclave/readings")


def of_run() -> tuple[Mount, ...]:
    """Return what a run gets for them."""
    return tuple(Mount(None, place, writable=True) for place in (KEY, SOCKETS, LOGS))


def of_kernel() -> tuple[Mount, ...]:
    """Return what its kernel sees of them: it makes its sockets, but never a key."""
    return (
        Mount(SOCKETS, SOCKETS, writable=True),
        Mount(KEY, KEY),
        Mount(LOGS, READINGS, writable=True),
    )
