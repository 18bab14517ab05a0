"""papermill as anybody runs it: no sandbox, the same kernel, one thread for BLAS."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from enclave.archive.execution_sandbox import DETERMINISTIC
from enclave.sandbox.released_kernels import DEFAULT
from enclave.settings import Settings


# papermill loads it for a check of addresses that a notebook has none of.
_WITHOUT = "import sys; sys.modules['rfc3987_syntax'] = None\n"
_MAIN = "from papermill.cli import papermill; papermill()"
_API = """
import sys, papermill
print("ready", flush=True)
for line in sys.stdin:
    source, target = line.split()
    papermill.execute_notebook(source, target, progress_bar=False)
    print("done", flush=True)
"""


def environment(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the variables that lead papermill to the released kernel, unsandboxed."""
    spec = folder / "jupyter" / "kernels" / DEFAULT
    spec.mkdir(parents=True)
    python = settings.kernels / DEFAULT / "bin" / "python"
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    document = {"argv": argv, "display_name": DEFAULT, "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(document))
    return {
        **os.environ,
        **DETERMINISTIC,
        "JUPYTER_PATH": str(folder / "jupyter"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


_CELLS = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
cells = json.load(open(sys.argv[1]))["cells"]
def run():
    for cell in cells:
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(cell["source"]).raise_error()
run()
print("ready", flush=True)
for line in sys.stdin:
    run()
    print("done", flush=True)
"""


class CommandLine:
    """``papermill IN OUT``, a new process each time."""

    def __init__(self, environ: dict[str, str], source: Path, *, tuned: bool) -> None:
        self._environ, self._source = environ, source
        self._code = (_WITHOUT if tuned else "") + _MAIN

    def start(self, target: Path) -> "subprocess.Popen[bytes]":
        """Start it."""
        command = [sys.executable, "-c", self._code, str(self._source), str(target)]
        return subprocess.Popen(
            [*command, "--no-progress-bar"],
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __call__(self, target: Path) -> None:
        """Run it to its end."""
        check(self.start(target))


class Interface:
    """papermill's Python interface, in a process that has loaded it."""

    def __init__(self, environ: dict[str, str], source: Path) -> None:
        self._source = source
        self._process = subprocess.Popen(
            self._command(source),
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._hear("ready")

    def _command(self, source: Path) -> list[str]:
        del source  # told each time
        return [sys.executable, "-c", _WITHOUT + _API]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, target: Path) -> None:
        """Run it to its end."""
        if self._process.stdin is None:
            raise RuntimeError("it was started with a pipe")
        self._process.stdin.write(f"{self._source} {target}\n")
        self._process.stdin.flush()
        self._hear("done")

    def _hear(self, expected: str) -> None:
        if self._process.stdout is None or (
            self._process.stdout.readline().strip() != expected
        ):
            raise SystemExit("papermill failed")


class Cells(Interface):
    """The cells alone, in a process that has run them before: there is no less."""

    def _command(self, source: Path) -> list[str]:
        python = Settings.from_environment(os.environ).kernels / DEFAULT / "bin/python"
        return [str(python), "-c", _CELLS, str(source)]


def check(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the end, which must be a good one."""
    if process.wait():
        raise SystemExit("papermill failed")
