"""How long an archived notebook takes to execute again, beside bare papermill.

usage: bench_rerun.py [--rounds 5] [--seconds 120] [--count 8] [--page FILE]

The notebook has 20 cells of pandas, statsmodels and one figure. Executed are, turn and
turn about in each round, so that all have the same machine:

* papermill's command line, as it is installed and without the slow library that it
  loads for nothing; and its Python interface, in a process that has loaded it;
* the cells alone, in a process that has run them before: there is no less;
* the enclave, cold: the run alone, the submission to the archive, the re-run to its
  signed certificate;
* the enclave, forked from warm parents: the run alone, the re-run.

Then as many as two processes get done. Each run is checked: that the kernel was started
as is said, and that the re-run's verdict is "identical". Last, a notebook with 100
outputs is compared. It says which targets were met; the ratios are what counts.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable  # noqa: TC003 - so the others do
from itertools import count as numbers
from pathlib import Path
from statistics import median

import bench_comparison
from rerunning import bare, enclave_site, notebook20, page, throughput
from rerunning.enclave_site import Parts, Site
from rerunning.page import (
    API,
    COLD,
    COMMAND,
    FLOOR,
    FORKED,
    RERUN,
    RERUN_FORKED,
    SUBMIT,
    TUNED,
    Figures,
)

from enclave.archive.comparison.verdict import Verdict
from enclave.archive.warm_start import WarmStarts
from enclave.settings import Settings


def main() -> None:
    """Measure, and say which targets were met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=120, help="for all rounds")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--page", type=Path, help="where the figures are written to")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    kernels = Settings.from_environment(os.environ).kernels
    with tempfile.TemporaryDirectory(prefix="rerun-", dir="/tmp") as name:
        folder = Path(name)
        notebook = notebook20.write(folder / "twenty.ipynb")
        with enclave_site.made(folder, kernels, notebook) as site:
            environ = bare.environment(site.settings, folder)
            line = bare.CommandLine(environ, notebook, tuned=False)
            seconds, parts = _latencies(site, folder, environ, asked)
            rates = _throughputs(site, folder, line, asked.count)
    written = page.write(Figures(seconds, rates, parts, _comparison(), load))
    if asked.page:
        asked.page.write_text(written)
    sys.stdout.write(written)


def _latencies(
    site: Site, folder: Path, environ: dict[str, str], asked: argparse.Namespace
) -> tuple[dict[str, list[float]], dict[str, list[Parts]]]:
    line = bare.CommandLine(environ, site.notebook, tuned=False)
    tuned = bare.CommandLine(environ, site.notebook, tuned=True)
    target, number = folder / "bare.ipynb", numbers()
    with (
        bare.Interface(environ, site.notebook) as interface,
        bare.Cells(environ, site.notebook) as cells,
        WarmStarts(site.settings) as warm,
    ):
        enclave_site.wait_until_warm(warm, site)
        ways: dict[str, Callable[[], object]] = {
            COMMAND: lambda: line(target),
            FORKED: lambda: site.execute(warm),
            COLD: lambda: site.execute(None),
            TUNED: lambda: tuned(target),
            RERUN_FORKED: lambda: site.rerun(f"f{next(number)}", warm),
            RERUN: lambda: site.rerun(f"c{next(number)}", None),
            API: lambda: interface(target),
            SUBMIT: lambda: site.submit_anew(next(number)),
            FLOOR: lambda: cells(target),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        parts: dict[str, list[Parts]] = {COLD: [], FORKED: []}
        last = time.perf_counter() + asked.seconds
        for round_ in range(asked.rounds + 1):
            if round_ > 1 and time.perf_counter() > last:
                break  # a busy machine: fewer rounds
            for way, run in ways.items():
                began = time.perf_counter()
                found = run()
                if not round_:  # the first of each warms the machine
                    continue
                seconds[way].append(time.perf_counter() - began)
                if isinstance(found, Parts):
                    parts[way].append(found)
    return seconds, parts


def _throughputs(
    site: Site, folder: Path, line: bare.CommandLine, count: int
) -> dict[str, float]:
    few = max(2, count // 4 * 2)
    return {
        COMMAND: throughput.of_command_line(line, folder, few),
        COLD: throughput.of_enclave(site, "execute-cold", "t", few),
        FORKED: throughput.of_enclave(site, "execute-warm", "u", 2 * count),
        RERUN: throughput.of_enclave(site, "rerun-cold", "v", few),
        RERUN_FORKED: throughput.of_enclave(site, "rerun-warm", "w", 2 * count),
    }


def _comparison() -> float:
    """Return the seconds that a comparison takes as a re-run has it done."""
    archived, rerun = bench_comparison.notebook(0), bench_comparison.notebook(1e-13)
    with tempfile.TemporaryDirectory() as place:
        folder = bench_comparison.lay_out(Path(place), archived, rerun)
        # What reads is loaded once in a process: the first one is not counted.
        _, *rounds = (
            bench_comparison.measure_examined(folder, Verdict.NUMERICALLY_EQUAL)
            for _ in range(6)
        )
    return median(rounds)


if __name__ == "__main__":
    main()
