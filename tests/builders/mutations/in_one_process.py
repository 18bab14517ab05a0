"""Run many variants of the analysis in one process of a kernel's Python.

usage: PYTHON in_one_process.py JOBS.json

Each job has ``cells``, ``data``, ``work`` and ``out``. A kernel in a sandbox would take
seconds for each; what a cell shows is the same, for IPython itself captures it.
"""

import base64
import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


def run(job: dict[str, Any]) -> None:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.user_ns["CHOSEN"] = job["data"]
    sys.modules.pop("ratelib", None)
    before = list(sys.path)
    os.chdir(job["work"])
    cells = [cell(shell, source) for source in job["cells"]]
    sys.path[:] = before
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    Path(job["out"]).write_text(json.dumps(document))


def cell(shell: InteractiveShell, source: str) -> dict[str, Any]:
    with capture_output() as shown:
        result = shell.run_cell(source)
    result.raise_error()
    streams = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in (("stdout", shown.stdout), ("stderr", shown.stderr))
        if text
    ]
    rich = [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {mime: encoded(value) for mime, value in output.data.items()},
        }
        for output in shown.outputs
    ]
    return {"cell_type": "code", "source": source, "outputs": [*streams, *rich]}


def encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    silent = io.StringIO()
    with redirect_stdout(silent), redirect_stderr(silent):
        for each in json.loads(Path(sys.argv[1]).read_text()):
            run(each)
