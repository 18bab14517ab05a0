"""Many pages opened at once, by one visitor and by another: bounded, and each own's."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from enclave_hub.dashboard.kernels import MOST_PER_VISITOR
from tests.builders.hub import PATIENCE


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]

DASHBOARD = "/services/feasibility/"
KERNEL_ID = re.compile(r'"kernelId":\s*"([^"]+)"')
REFUSED = re.compile(r'giveKernel\({"failed": "([^"]+)"}\)')


def visitor_of(person):
    """A browser that is signed in, and may be used in a thread of its own."""
    person.http.get(DASHBOARD)
    return httpx.Client(
        base_url=person.http.base_url, cookies=person.http.cookies, timeout=PATIENCE
    )


def has(browser, kernel: str) -> bool:
    return browser.get(f"{DASHBOARD}api/kernels/{kernel}").status_code == 200


def test_pages_opened_at_once_are_bounded_and_nobody_elses(rikke, anne):
    with visitor_of(rikke) as one, visitor_of(anne) as other:
        asking = [one] * (3 * MOST_PER_VISITOR) + [other] * 2
        with ThreadPoolExecutor(len(asking)) as pool:
            # None waits for ever: with or without a kernel, each page has its end.
            pages = list(pool.map(lambda by: by.get(DASHBOARD).text, asking))

        given = [KERNEL_ID.search(page) for page in pages]
        for page, found in zip(pages, given, strict=True):
            assert found or "too many pages at once" in REFUSED.search(page)[1]
        ids = [found and found[1] for found in given]
        kernels = [kernel for kernel in ids if kernel]
        assert len(set(kernels)) == len(kernels)
        assert sum(has(one, kernel) for kernel in kernels) in range(
            1, MOST_PER_VISITOR + 1
        )
        for browser, kernel in zip(asking, ids, strict=True):
            if kernel:
                assert not has(other if browser is one else one, kernel)
