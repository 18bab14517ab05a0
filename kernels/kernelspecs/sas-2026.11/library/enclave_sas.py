"""Start SAS where it is installed, and say what is missing elsewhere.

Looked for is ``/usr/local/SASHome``, which a sandbox sees. SAS itself refuses to run
without a licence, and says so.
"""

import runpy
from pathlib import Path


PLACES = Path("/usr/local/SASHome/SASFoundation")


def find(places: Path) -> tuple[Path | None, str]:
    """Return the program of the newest SAS, or None and what is missing."""
    programs = sorted(places.glob("*/bin/sas_u8"))
    if programs:
        return programs[-1], ""
    return None, (
        f"SAS is not installed here: {places}/*/bin/sas_u8 is not there. Ask the people who"
        " run this enclave, or use Python or R."
    )


def configuration(program: Path) -> str:
    """Return what saspy has to know: one SAS, on this machine, without a network."""
    options = ["-nodms", "-stdio", "-terminal", "-nosyntaxcheck"]
    return (
        "SAS_config_names = ['enclave']\n"
        f"enclave = {{'saspath': {str(program)!r}, 'options': {options!r}}}\n"
    )


def main() -> None:
    """Run sas_kernel, or the kernel that says why not."""
    program, missing = find(PLACES)
    if program is None:
        from missing_program import say

        say(missing, "sas")
        return
    file = Path.home() / ".config" / "saspy" / "sascfg_personal.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(configuration(program))
    runpy.run_module("sas_kernel", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
