"""How fast two executed notebooks of 100 outputs are compared.

usage: bench_comparison.py [--rounds 5]

A quarter of the outputs each is printed text, tables, pictures and charts. Compared are
two equal copies, and the worst case: every number and every pixel a little different.
Each is compared here, and as a re-run has it done: in a sandbox, with what a report
shows of it.
Beside it, in the same run, nbformat reads and validates the two copies, which is the
least that any tool does that compares notebooks. The verdicts are checked before
anything is printed.
"""

import argparse
import base64
import io
import json
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import numpy as np
import pandas as pd
from PIL import Image

from enclave.archive.analysis.plan import Plan, Step
from enclave.archive.comparison.compare import DEFAULT_POLICY, compare_notebooks
from enclave.archive.comparison.verdict import Verdict, worst
from enclave.archive.examination.answers import Question
from enclave.archive.examination.room import examiner
from enclave.archive.notebook import Notebook


OUTPUTS = 100


def printed(generator: np.random.Generator, change: float) -> dict[str, Any]:
    values = generator.normal(size=60) * (1 + change)
    lines = (f"coefficient {n} {value!r}" for n, value in enumerate(values.tolist()))
    return {"output_type": "stream", "name": "stdout", "text": "\n".join(lines)}


def table(generator: np.random.Generator, change: float) -> dict[str, Any]:
    frame = pd.DataFrame(generator.normal(size=(60, 8)) * (1 + change))
    return shown({"text/html": frame.to_html(), "text/plain": frame.to_string()})


def picture(generator: np.random.Generator, change: float) -> dict[str, Any]:
    squares = generator.integers(0, 250, (48, 64, 3)) + (change != 0)
    pixels = squares.repeat(10, 0).repeat(10, 1).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return shown({"image/png": base64.b64encode(file.getvalue()).decode()})


def chart(generator: np.random.Generator, change: float) -> dict[str, Any]:
    heights = (generator.normal(size=500) * (1 + change)).tolist()
    document = {"data": [{"x": list(range(500)), "y": heights}]}
    return shown({"application/vnd.plotly.v1+json": document})


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def notebook(change: float) -> Notebook:
    kinds = (printed, table, picture, chart)
    outputs = (
        kinds[number % 4](np.random.default_rng(number), change)
        for number in range(OUTPUTS)
    )
    cells = [
        {"cell_type": "code", "source": f"step {number}", "outputs": [output]}
        for number, output in enumerate(outputs)
    ]
    return Notebook.model_validate({"nbformat": 4, "cells": cells})


def read_by_nbformat(notebooks: tuple[Notebook, Notebook]) -> float:
    texts = [as_file(each) for each in notebooks]
    began = time.perf_counter()
    for text in texts:
        nbformat.validate(nbformat.reads(text, as_version=4))
    return time.perf_counter() - began


def as_file(notebook: Notebook) -> str:
    cells = [
        {
            "cell_type": "code",
            "source": cell.source,
            "metadata": {},
            "execution_count": 1,
            "outputs": [_output(each.model_dump()) for each in cell.outputs],
        }
        for cell in notebook.cells
    ]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    )


def _output(output: dict[str, Any]) -> dict[str, Any]:
    stream = output["output_type"] == "stream"
    kept = ("name", "text") if stream else ("data", "metadata")
    return {name: output[name] for name in ("output_type", *kept)}


def measure(archived: Notebook, rerun: Notebook, expected: Verdict) -> float:
    began = time.perf_counter()
    verdict = compare_notebooks(archived, rerun).verdict
    seconds = time.perf_counter() - began
    if verdict is not expected:
        raise SystemExit(f"expected {expected}, not {verdict}")
    return seconds


def lay_out(folder: Path, archived: Notebook, rerun: Notebook) -> Path:
    """Put two notebooks where runs leave them."""
    for name, notebook in (("archived", archived), ("rerun", rerun)):
        (folder / name).mkdir(parents=True)
        (folder / name / "executed.ipynb").write_text(as_file(notebook))
    return folder


def measure_examined(folder: Path, expected: Verdict) -> float:
    """Measure the comparison in its sandbox, forked from what is loaded already."""
    step = Step(name="source.ipynb", kernel="python-2026.12")
    question = Question(plan=Plan(alone=True, steps=(step,)), policy=DEFAULT_POLICY)
    began = time.perf_counter()
    found = examiner().ask(
        question, folder / "rerun", folder, archived=folder / "archived"
    )
    seconds = time.perf_counter() - began
    verdict = worst(each.verdict for each in found.outputs)
    if verdict is not expected:
        raise SystemExit(f"expected {expected}, not {verdict}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    archived = notebook(0)
    for name, rerun, expected in (
        ("equal copies", notebook(0), Verdict.IDENTICAL),
        ("everything a little different", notebook(1e-13), Verdict.NUMERICALLY_EQUAL),
    ):
        compared, examined, read = [], [], []
        with TemporaryDirectory() as place:
            folder = lay_out(Path(place), archived, rerun)
            measure_examined(folder, expected)  # what reads is loaded once
            for _ in range(rounds):  # turn about, so that all have the same machine
                compared.append(measure(archived, rerun, expected))
                examined.append(measure_examined(folder, expected))
                read.append(read_by_nbformat((archived, rerun)))
        seconds, beside = statistics.median(compared), statistics.median(read)
        print(
            f"{OUTPUTS} outputs, {name}: {seconds:.3f} s (at best {min(compared):.3f}),"
            f" {seconds / beside:.2f} x what nbformat takes to read both; in a sandbox"
            f" {statistics.median(examined):.3f} s (at best {min(examined):.3f})"
        )


if __name__ == "__main__":
    main()
