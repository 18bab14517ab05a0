"""How long a visitor waits for a dashboard, in Chromium, from the click to its button.

usage: bench_dashboard.py [--rounds 5]

A whole enclave is started, as people start it. The ways take turns:

warm      a browser that has been here before, a kernel waits
first     a browser that has never been here, a kernel waits
cold      a browser that has never been here, and no kernel waits: all were just taken
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from enclave_hub.dashboard.ready_kernels import READY
from tests.builders.hub import Enclave, running, sign_in
from tests.conftest import KERNELS


# What can be used once it is there.
READY_WHEN = {"feasibility": "Count", "catalogue": "Table"}
TARGETS = {"warm": 1.0, "first": None, "cold": 4.0}
REFILL_SECONDS = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="enc-") as folder,
        running(Path(folder, "home"), _made(folder, "run"), KERNELS) as enclave,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for dashboard in READY_WHEN:
            times = dict(_measured(chromium, enclave, dashboard, rounds))
            _print(dashboard, times)
        chromium.close()


def _measured(
    chromium: Browser, enclave: Enclave, dashboard: str, rounds: int
) -> Iterator[tuple[str, list[float]]]:
    times: dict[str, list[float]] = {way: [] for way in TARGETS}
    known = _signed_in(chromium, enclave)
    _opened(known, enclave, dashboard)
    for _ in range(rounds):
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
    known.close()
    yield from times.items()


def _signed_in(chromium: Browser, enclave: Enclave) -> BrowserContext:
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    sign_in(page, enclave, "rikke")
    page.close()
    return context


def _opened(context: BrowserContext, enclave: Enclave, dashboard: str) -> float:
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(_address(enclave, dashboard), wait_until="commit")
    if dashboard == "feasibility":
        page.get_by_role("button", name=READY_WHEN[dashboard], exact=True).wait_for()
    else:
        page.get_by_label(READY_WHEN[dashboard], exact=True).wait_for()
    elapsed = time.perf_counter() - begun
    page.close(run_before_unload=True)
    return elapsed


def _address(enclave: Enclave, dashboard: str) -> str:
    return f"{enclave.url}/services/{dashboard}/"


def _made(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    Path(folder, "home").mkdir()
    return path


def _print(dashboard: str, times: dict[str, list[float]]) -> None:
    warm = statistics.median(times["warm"])
    print(f"\n{dashboard:<12} median   worst   x warm   target")
    for way, seconds in times.items():
        median, target = statistics.median(seconds), TARGETS[way]
        said = f"< {target:.0f} s" if target else ""
        figures = f"{median:6.2f} {max(seconds):7.2f} {median / warm:8.1f}"
        print(f"  {way:<10} {figures}   {said}")


if __name__ == "__main__":
    main()
