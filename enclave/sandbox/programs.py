"""The system's programs that a sandbox takes."""

import shutil

from enclave.errors import HostError


# The system's own, whatever PATH says; they are seen inside a sandbox as well.
_FOLDERS = "/usr/bin:/usr/sbin"

PACKAGES = {
    "bwrap": "bubblewrap",
    "cat": "coreutils",
    "mount": "mount",
    "nsenter": "util-linux",
    "prlimit": "util-linux",
    "setpriv": "util-linux",
    "sh": "dash",
    "unshare": "util-linux",
}


def program(name: str) -> str:
    """Return the path of a program.

    Raises
    ------
    HostError
        Saying how to install it, if it is missing.
    """
    path = shutil.which(name, path=_FOLDERS)
    if path is None:
        raise HostError(
            f"The program {name} is missing, and nothing is run without a sandbox."
            f" Install it: apt-get install {PACKAGES[name]}"
        )
    return path
