"""How long a visitor waits for a dashboard, in Chromium, from the click to its button.

usage: bench_dashboard.py [--rounds 3]

A whole enclave is started, as people start it, which takes half a minute on a quiet
machine; each round of a dashboard takes about twenty seconds. What is done is said on
the standard error. Interrupted or terminated, it ends the enclave before it ends. The
ways take turns:

warm      a browser that has been here before, a kernel waits
first     a browser that has never been here, a kernel waits
cold      a browser that has never been here, and no kernel waits: all were just taken

*Frame* is until title and lead are seen, *usable* until the visitor can work. Both
include JavaScript, so what else runs on the machine counts: the load is printed beside.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from enclave_hub.dashboard.ready_kernels import READY
from tests.builders.hub import Enclave, running, sign_in
from tests.conftest import KERNELS


# What can be used once it is there.
READY_WHEN = {"feasibility": "Count", "catalogue": "Table"}


class Wait(NamedTuple):
    """Seconds from the request to the first frame, and to a page that can be used."""

    frame: float
    usable: float


TARGETS = {"warm": 1.0, "first": None, "cold": 4.0}
REFILL_SECONDS = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    # Whatever started it: make passes an interrupt on, `timeout` terminates, and a
    # shell lets what runs in its background ignore interrupts.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        _measure(rounds)
    except KeyboardInterrupt:
        sys.exit("Interrupted: the enclave is ended, and nothing was measured further.")


def _interrupt(number: int, _frame: object) -> None:
    # One is enough: ending the enclave takes a few seconds, and is not to be cut off.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)


def _measure(rounds: int) -> None:
    _say("An enclave is being started ...")
    with (
        tempfile.TemporaryDirectory(prefix="enc-") as folder,
        running(Path(folder, "home"), _made(folder, "run"), KERNELS) as enclave,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        _say("It is open.")
        for dashboard in READY_WHEN:
            times = dict(_measured(chromium, enclave, dashboard, rounds))
            _print(dashboard, times)
        chromium.close()


def _measured(
    chromium: Browser, enclave: Enclave, dashboard: str, rounds: int
) -> Iterator[tuple[str, list[Wait]]]:
    times: dict[str, list[Wait]] = {way: [] for way in TARGETS}
    known = _signed_in(chromium, enclave)
    _opened(known, enclave, dashboard)
    for number in range(rounds):
        time.sleep(REFILL_SECONDS)
        times["warm"].append(_opened(known, enclave, dashboard))
        time.sleep(REFILL_SECONDS)
        new = _signed_in(chromium, enclave)
        times["first"].append(_opened(new, enclave, dashboard))
        new.close()
        time.sleep(REFILL_SECONDS)
        new = _signed_in(chromium, enclave)
        taken = [new.new_page() for _ in range(READY)]
        for page in taken:
            page.goto(_address(enclave, dashboard), wait_until="commit")
        times["cold"].append(_opened(new, enclave, dashboard))
        new.close()
        newest = ", ".join(
            f"{way} {last[-1].usable:.2f} s" for way, last in times.items()
        )
        _say(f"{dashboard}, round {number + 1} of {rounds}: {newest}")
    known.close()
    yield from times.items()


def _signed_in(chromium: Browser, enclave: Enclave) -> BrowserContext:
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    sign_in(page, enclave, "rikke")
    page.close()
    return context


def _opened(context: BrowserContext, enclave: Enclave, dashboard: str) -> Wait:
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(_address(enclave, dashboard), wait_until="commit")
    page.get_by_role("heading", level=1).first.wait_for()
    frame = time.perf_counter() - begun
    if dashboard == "feasibility":
        page.get_by_role("button", name=READY_WHEN[dashboard], exact=True).wait_for()
    else:
        page.get_by_label(READY_WHEN[dashboard], exact=True).wait_for()
    usable = time.perf_counter() - begun
    page.close(run_before_unload=True)
    return Wait(frame, usable)


def _address(enclave: Enclave, dashboard: str) -> str:
    return f"{enclave.url}/services/{dashboard}/"


def _made(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    Path(folder, "home").mkdir()
    return path


def _print(dashboard: str, times: dict[str, list[Wait]]) -> None:
    head = f"\n{dashboard:<12}  frame  usable   worst   target   load {_load():.1f}"
    print(head, flush=True)
    for way, waits in times.items():
        frame = statistics.median(one.frame for one in waits)
        usable = [one.usable for one in waits]
        target = TARGETS[way]
        said = f"< {target:.0f} s" if target else ""
        figures = f"{frame:6.2f} {statistics.median(usable):7.2f} {max(usable):7.2f}"
        print(f"  {way:<10} {figures}   {said}", flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _load() -> float:
    return os.getloadavg()[0]


if __name__ == "__main__":
    main()
