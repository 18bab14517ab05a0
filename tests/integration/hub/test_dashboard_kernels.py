"""The kernel behind a visitor's page of a dashboard is that visitor's alone."""

import re
import sys
from contextlib import suppress

import psutil
import pytest

from enclave_hub.dashboard.ready_kernels import READY


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]

DASHBOARD = "/services/feasibility/"
KERNEL_ID = re.compile(r'"kernelId":\s*"([^"]+)"')


def _open(person):
    """Open the dashboard anew; return the id of the kernel behind the page."""
    return KERNEL_ID.search(person.http.get(DASHBOARD).text)[1]


def _leave(person, kernel):
    """Do what a page does when it is left, for a kernel of any id."""
    token = person.http.cookies.get("_xsrf", path=DASHBOARD) or ""
    return person.http.post(
        f"{DASHBOARD}voila/api/shutdown/{kernel}", headers={"X-XSRFToken": token}
    )


def _is_there(person, kernel):
    answer = person.http.get(f"{DASHBOARD}api/kernels/{kernel}")
    return answer.status_code == 200


def test_nobody_ends_the_kernel_of_another_visitor(rikke, anne):
    _open(anne)
    kernel = _open(rikke)

    refused = _leave(anne, kernel)

    assert refused.status_code == 404
    assert "no such page open" in refused.text
    assert _is_there(rikke, kernel)


def test_leaving_a_page_ends_its_kernel(rikke):
    kernel = _open(rikke)

    assert _leave(rikke, kernel).status_code == 204
    assert not _is_there(rikke, kernel)


def test_a_kernel_that_never_was_cannot_be_ended(rikke):
    _open(rikke)

    assert _leave(rikke, "00000000-0000-0000-0000-000000000000").status_code == 404


def test_kernels_that_died_while_they_waited_are_passed_over(rikke, enclave):
    _open(rikke)
    killed = 0
    for one in enclave.processes():
        with suppress(psutil.NoSuchProcess):
            if one.cmdline()[:3] == [sys.executable, "-m", "ipykernel_launcher"]:
                one.kill()
                killed += 1
    assert killed >= READY

    kernel = _open(rikke)

    assert _is_there(rikke, kernel)
