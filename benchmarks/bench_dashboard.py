"""How long a visitor waits for a dashboard, in Chromium, from the click to its button.

usage: bench_dashboard.py [--rounds 3] [--page FILE]

A whole enclave is started, as people start it, which takes half a minute on a quiet
machine; each round of a dashboard takes about twenty seconds. What is done is said on
the standard error. Interrupted or terminated, it ends the enclave before it ends. The
ways take turns; what they and the figures mean is said on the page that is made
(:mod:`dashboards.page`). All include JavaScript, so what else runs on the machine
counts: the load is printed beside.
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from dashboards.page import TARGETS, Measured, Wait, written
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from enclave_hub.dashboard.ready_kernels import READY
from tests.builders.hub import Enclave, running, sign_in
from tests.conftest import KERNELS


# What is on the page when all of it is.
SEEN_WHEN = {
    "feasibility": ("button", "Count"),
    "catalogue": ("combobox", "Table"),
    "reruns": ("heading", "The last requests"),
}
REFILL_SECONDS = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    # Whatever started it: make passes an interrupt on, `timeout` terminates, and a
    # shell lets what runs in its background ignore interrupts.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        page = written(_measure(asked.rounds))
    except KeyboardInterrupt:
        sys.exit("Interrupted: the enclave is ended, and nothing was measured further.")
    print(page)
    if asked.page:
        asked.page.write_text(page, encoding="utf-8")


def _interrupt(number: int, _frame: object) -> None:
    # One is enough: ending the enclave takes a few seconds, and is not to be cut off.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)


def _measure(rounds: int) -> dict[str, Measured]:
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
        return {
            dashboard: _measured(chromium, enclave, dashboard, rounds)
            for dashboard in SEEN_WHEN
        }


def _measured(
    chromium: Browser, enclave: Enclave, dashboard: str, rounds: int
) -> Measured:
    waits: dict[str, list[Wait]] = {way: [] for way in TARGETS}
    known = _signed_in(chromium, enclave)
    _opened(known, enclave, dashboard)
    for number in range(rounds):
        time.sleep(REFILL_SECONDS)
        waits["warm"].append(_opened(known, enclave, dashboard))
        time.sleep(REFILL_SECONDS)
        new = _signed_in(chromium, enclave)
        waits["first"].append(_opened(new, enclave, dashboard))
        new.close()
        time.sleep(REFILL_SECONDS)
        new = _signed_in(chromium, enclave)
        taken = [new.new_page() for _ in range(READY)]
        for page in taken:
            page.goto(_address(enclave, dashboard), wait_until="commit")
        waits["cold"].append(_opened(new, enclave, dashboard))
        new.close()
        newest = ", ".join(
            f"{way} {last[-1].seen:.2f} s" for way, last in waits.items()
        )
        _say(f"{dashboard}, round {number + 1} of {rounds}: {newest}")
    time.sleep(REFILL_SECONDS)
    stages = _stages(known, enclave, dashboard)
    known.close()
    return Measured(waits, stages)


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
    _wait_until_seen(page, dashboard)
    seen = time.perf_counter() - begun
    page.get_by_role("button", name="Dansk").click()
    page.locator(".enc[lang=da] h1").wait_for()
    answered = time.perf_counter() - begun
    page.close(run_before_unload=True)
    return Wait(frame, seen, answered)


def _wait_until_seen(page: Page, dashboard: str) -> None:
    role, name = SEEN_WHEN[dashboard]
    page.get_by_role(role, name=name, exact=True).wait_for()  # type: ignore[arg-type]


# Milliseconds since the request. The page's own policy lets no such script in, but it
# comes with the browser.
_NOTE = """
window.noted = {}; window.busy = 0;
const note = (name) => { window.noted[name] ??= performance.now(); };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.busy += one.duration;
}).observe({type: "longtask", buffered: true});
new MutationObserver(() => {
  if (document.querySelector(".enc select, .enc button")) note("widgets");
}).observe(document, {childList: true, subtree: true});
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(...given) {
    super(...given);
    note("asked");
    this.addEventListener("open", () => note("open"));
    this.addEventListener("message", () => { window.noted.heard = performance.now(); });
  }
};
"""
_STAGES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const size = files.reduce((sum, one) => sum + one.decodedBodySize, 0);
  return {
    "first byte of the page": page.responseStart,
    "scripts and styles there": Math.max(...files.map((one) => one.responseEnd)),
    "first frame painted": paint.startTime,
    "widgets drawn": noted.widgets,
    "connection to the kernel asked for": noted.asked,
    "connection open": noted.open,
    "last word of the kernel": noted.heard,
    "*beside:* tasks of the browser of 50 ms and more": busy,
    "*beside:* kB of scripts and styles": size / 1000,
    "*beside:* files": files.length,
  };
}"""


def _stages(
    context: BrowserContext, enclave: Enclave, dashboard: str
) -> dict[str, float]:
    page = context.new_page()
    page.add_init_script(_NOTE)
    page.goto(_address(enclave, dashboard), wait_until="commit")
    _wait_until_seen(page, dashboard)
    page.wait_for_timeout(1000)  # in which all is said
    found: dict[str, float] = page.evaluate(_STAGES)
    page.close(run_before_unload=True)
    return found


def _address(enclave: Enclave, dashboard: str) -> str:
    return f"{enclave.url}/services/{dashboard}/"


def _made(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    Path(folder, "home").mkdir()
    return path


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
