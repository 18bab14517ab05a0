"""How long an archived notebook takes to execute again, beside bare papermill.

usage: bench_rerun.py [--rounds 5] [--count 8]

The notebook has 20 cells of pandas, statsmodels and one figure. Executed are, turn and
turn about in each round, so that all have the same machine:

* papermill's command line, as it is installed and without the slow library that it
  loads for nothing; and its Python interface, in a process that has loaded it;
* the enclave, cold: the run alone, the submission to the archive, the re-run to its
  signed certificate;
* the enclave, forked from warm parents: the run alone, the re-run.

Then as many as two processes get done. Each run is checked: that the kernel was started
as is said, and that the re-run's verdict is "identical". Last, a notebook with 100
outputs is compared. Medians; the ratios are what counts.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable  # noqa: TC003 - so the others do
from itertools import count as numbers
from pathlib import Path
from statistics import median

import bench_comparison
from rerunning import bare, enclave_site, notebook20, throughput
from rerunning.enclave_site import Site

from enclave.archive.comparison.verdict import Verdict
from enclave.archive.warm_start import WarmStarts
from enclave.settings import Settings


COMMAND, TUNED, API = "papermill's command line", "the same, tuned", "papermill's API"
COLD, SUBMIT, RERUN = "run, cold", "archived, cold", "re-run, cold"
FORKED, RERUN_FORKED = "run, forked", "re-run, forked"


def main() -> None:
    """Measure, and say which targets were met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=8)
    asked = parser.parse_args()
    kernels = Settings.from_environment(os.environ).kernels
    with tempfile.TemporaryDirectory(prefix="rerun-", dir="/tmp") as name:
        folder = Path(name)
        notebook = notebook20.write(folder / "twenty.ipynb")
        with enclave_site.made(folder, kernels, notebook) as site:
            environ = bare.environment(site.settings, folder)
            line = bare.CommandLine(environ, notebook, tuned=False)
            times = _latencies(site, folder, environ, asked.rounds)
            done = _throughputs(site, folder, line, asked.count)
    _print(times, done, _comparison())


def _latencies(
    site: Site, folder: Path, environ: dict[str, str], rounds: int
) -> dict[str, float]:
    line = bare.CommandLine(environ, site.notebook, tuned=False)
    tuned = bare.CommandLine(environ, site.notebook, tuned=True)
    target, number = folder / "bare.ipynb", numbers()
    with (
        bare.Interface(environ, site.notebook) as interface,
        WarmStarts(site.settings) as warm,
    ):
        enclave_site.wait_until_warm(warm)
        ways: dict[str, Callable[[], object]] = {
            COMMAND: lambda: line(target),
            FORKED: lambda: site.execute(warm),
            COLD: lambda: site.execute(None),
            TUNED: lambda: tuned(target),
            RERUN_FORKED: lambda: site.rerun(f"f{next(number)}", warm),
            RERUN: lambda: site.rerun(f"c{next(number)}", None),
            API: lambda: interface(target),
            SUBMIT: lambda: site.submit_anew(next(number)),
        }
        found: dict[str, list[float]] = {way: [] for way in ways}
        for round_ in range(rounds + 1):
            for way, run in ways.items():
                began = time.perf_counter()
                run()
                if round_:  # the first of each warms the machine
                    found[way].append(time.perf_counter() - began)
    return {way: median(seconds) for way, seconds in found.items()}


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
    archived, rerun = bench_comparison.notebook(0), bench_comparison.notebook(1e-13)
    rounds = (
        bench_comparison.measure(archived, rerun, Verdict.NUMERICALLY_EQUAL)
        for _ in range(5)
    )
    return median(rounds)


def _print(times: dict[str, float], done: dict[str, float], comparison: float) -> None:
    for way, seconds in times.items():
        line, tuned = times[COMMAND] / seconds, times[TUNED] / seconds
        print(f"{way:28} {seconds:6.2f} s  {line:5.2f} x  ({tuned:5.2f} x tuned)")
    print(f"\nwith {throughput.PROCESSES} processes, in a minute:")
    for way, rate in done.items():
        print(f"{way:28} {rate:6.1f}    {rate / done[COMMAND]:5.2f} x")
    print(f"\n100 outputs, each a little different: compared in {comparison:.2f} s\n")
    twice = (times[SUBMIT] + times[RERUN]) / (2 * times[COMMAND]) - 1
    _target("archive and compare, cold, over papermill: <= 10 %", twice * 100, 10, "%")
    _target("forked, papermill / run: >= 8", -times[COMMAND] / times[FORKED], -8)
    _target("forked, throughput: >= 5", -done[FORKED] / done[COMMAND], -5)
    _target("comparison of 100 outputs: < 1 s", comparison, 1, "s")


def _target(what: str, measured: float, most: float, unit: str = "x") -> None:
    met = "met" if measured <= most else "MISSED"
    print(f"{what}: {abs(measured) if most < 0 else measured:.2f} {unit}, {met}")


if __name__ == "__main__":
    main()
