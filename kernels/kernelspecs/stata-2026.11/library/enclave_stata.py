"""Start Stata where it is installed with a licence, and say what is missing elsewhere.

Looked for is ``/usr/local/stata*``, which a sandbox sees.
"""

import os
import runpy
from pathlib import Path


PLACES = Path("/usr/local")
PROGRAMS = ("stata-mp", "stata-se", "stata")


def find(places: Path) -> tuple[Path | None, str]:
    """Return Stata's folder, or None and what is missing."""
    folders = sorted(folder for folder in places.glob("stata*") if folder.is_dir())
    with_program = [
        folder for folder in folders if any((folder / name).exists() for name in PROGRAMS)
    ]
    if not with_program:
        return None, (
            f"Stata is not installed here: {places}/stata* holds none of"
            f" {', '.join(PROGRAMS)}. Ask the people who run this enclave, or use Python or R."
        )
    for folder in reversed(with_program):
        if (folder / "stata.lic").exists() and (folder / "utilities" / "pystata").is_dir():
            return folder, ""
    return None, (
        f"Stata in {with_program[-1]} has no licence (stata.lic) or is older than Stata 17"
        " (no utilities/pystata). Ask the people who run this enclave."
    )


def main() -> None:
    """Run nbstata, or the kernel that says why not."""
    folder, missing = find(PLACES)
    if folder is None:
        from missing_program import say

        say(missing, "stata")
        return
    os.environ["PATH"] = f"{folder}:{os.environ.get('PATH', '')}"
    runpy.run_module("nbstata", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
