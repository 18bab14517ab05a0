"""Portal, dashboard and worker as services of the hub."""

import json
import re
import sys
import uuid
from contextlib import suppress

import httpx
import psutil
import pytest
import websocket

from enclave_hub.dashboard.kernels import MOST_PER_VISITOR
from enclave_hub.dashboard.ready_kernels import LANGUAGES, READY
from enclave_hub.services import DASHBOARDS
from tests.builders.hub import PATIENCE, wait_for
from tests.builders.hub_person import Person


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]

DASHBOARD = "/services/feasibility/"


@pytest.fixture(scope="module")
def ole(enclave):
    person = Person(enclave, "ole")
    yield person
    person.http.close()


@pytest.fixture
def page(rikke):
    """Rikke's dashboard, opened anew: an older one may have lost its kernel."""
    answer = rikke.http.get(DASHBOARD)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def kernel(page):
    found = re.search(r'"kernelId":\s*"([^"]+)"', page)
    assert found, page[-2000:]
    return found[1]


def test_a_stranger_is_sent_to_the_hub(enclave):
    with httpx.Client(base_url=enclave.url, timeout=PATIENCE) as stranger:
        for service in ("portal", *DASHBOARDS):
            answer = stranger.get(f"/services/{service}/")
            assert answer.status_code == 302
            assert "/hub/api/oauth2/authorize" in answer.headers["location"]


def test_the_scripts_of_a_page_come_compressed_and_are_kept(rikke, page):
    address = re.search(r'<script src="([^"]+/page\.js[^"]*)"', page)[1]
    script = rikke.http.get(address)

    assert script.status_code == 200
    assert "kernelOfVisitor" in script.text
    assert script.headers["Content-Encoding"] == "gzip"
    assert "immutable" in script.headers["Cache-Control"]


def test_the_portal_knows_who_came_through_the_hub(rikke):
    page = rikke.http.get("/services/portal/")
    assert page.status_code == 200
    assert "Rikke Researcher" in page.text


@pytest.mark.parametrize("destination", ["empty", "iframe", "image", "script"])
def test_what_a_script_fetches_is_not_the_person(rikke, destination):
    rikke.http.get("/services/portal/")
    headers = {"Sec-Fetch-Dest": destination, "Sec-Fetch-Site": "same-origin"}
    answer = rikke.http.get("/services/portal/api/projects", headers=headers)
    assert answer.status_code == 401
    changed = rikke.http.post(
        "/services/portal/api/applications", headers=headers, json={}
    )
    assert changed.status_code == 401


def test_a_page_saves_a_draft_while_it_is_open(rikke):
    portal = "/services/portal"
    page = rikke.http.get(f"{portal}/applications/new").text
    fields = {"csrf": _field(page, "csrf"), "kind": "proposal"}
    ours = {"Sec-Fetch-Site": "same-origin"}
    begun = rikke.http.post(f"{portal}/applications/new", data=fields, headers=ours)
    form, page = begun.url.path, begun.text
    draft = form.replace("/edit", "/draft")
    fields = {
        "csrf": _field(page, "csrf"),
        "version": _field(page, "version"),
        "title": "As far as it was typed",
    }
    htmx = {**ours, "Sec-Fetch-Dest": "empty"}
    answer = rikke.http.post(draft, data=fields, headers=htmx)
    assert answer.status_code == 200, answer.text
    assert fields["title"] in rikke.http.get(form).text
    elsewhere = {**htmx, "Sec-Fetch-Site": "cross-site"}
    assert rikke.http.post(draft, data=fields, headers=elsewhere).status_code == 403


def _field(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


def test_a_sign_in_that_began_elsewhere_is_refused(rikke):
    answer = rikke.http.get("/services/portal/oauth_callback?state=x&code=y")
    assert answer.status_code == 403
    assert "begun elsewhere" in answer.text


def test_a_session_cookie_that_was_not_signed_here_opens_nothing(enclave):
    cookies = {"service-portal": "2|1:0|10:1|14:service-portal|4:eA==|00"}
    with httpx.Client(base_url=enclave.url, cookies=cookies) as stranger:
        assert stranger.get("/services/portal/").status_code == 302


@pytest.mark.parametrize("dashboard", ["feasibility", "catalogue"])
def test_who_only_checks_may_not_open_a_dashboard_that_counts(ole, dashboard):
    assert ole.http.get(f"/services/{dashboard}/").status_code == 403
    assert ole.http.get("/services/portal/").status_code == 200


def test_the_dashboard_shows_no_source_and_loads_nothing_from_elsewhere(page, enclave):
    assert "PortalClient" not in page
    hosts = set(re.findall(r"(?:src|href)=[\"']https?://([^/\"']+)", page))
    assert hosts <= {f"127.0.0.1:{enclave.port}"}


@pytest.mark.parametrize(
    "path",
    ["voila/files/feasibility.ipynb", "voila/tree", "api/contents", "api/kernels"],
)
def test_the_dashboard_gives_out_no_files(rikke, path):
    answer = rikke.http.get(f"{DASHBOARD}{path}")
    assert "PortalClient" not in answer.text


def test_another_visitors_kernel_is_closed_to_the_others(rikke, anne, kernel):
    assert anne.http.get(DASHBOARD).status_code == 200
    path = f"{DASHBOARD}api/kernels/{kernel}"
    assert rikke.http.get(path).status_code == 200
    assert anne.http.get(path).status_code == 403


@pytest.mark.parametrize(
    ("kind", "content", "answered"),
    [
        ("comm_info_request", {"target_name": "jupyter.widget"}, True),
        ("execute_request", {"code": "print(1)", "silent": False}, False),
        ("inspect_request", {"code": "os", "cursor_pos": 2}, False),
        ("complete_request", {"code": "o", "cursor_pos": 1}, False),
    ],
)
def test_a_browser_cannot_run_code_in_a_dashboard(
    rikke, enclave, kernel, kind, content, answered
):
    cookies = "; ".join(f"{c.name}={c.value}" for c in rikke.http.cookies.jar)
    channel = websocket.create_connection(
        f"ws://127.0.0.1:{enclave.port}{DASHBOARD}api/kernels/{kernel}/channels"
        "?session_id=test",
        header=[f"Cookie: {cookies}"],
        timeout=10,
    )
    request = {
        "header": {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "username": "",
            "session": "test",
            "version": "5.3",
            "date": "",
        },
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }
    channel.send(json.dumps(request))
    heard = False
    try:
        while not heard:
            message = channel.recv()
            if isinstance(message, str):
                parent = json.loads(message)["parent_header"]
                heard = parent.get("msg_id") == request["header"]["msg_id"]
    except websocket.WebSocketTimeoutException:
        pass
    finally:
        channel.close()
    assert heard == answered


def test_a_visitor_who_opens_it_often_has_a_bounded_number_of_kernels(enclave, rikke):
    most = 2 * MOST_PER_VISITOR  # Anne's may still be there from other tests
    for _ in range(most + 1):
        assert rikke.http.get(DASHBOARD).status_code == 200

    def taken():
        kernels = []
        for each in enclave.processes():
            with suppress(psutil.NoSuchProcess):
                line = each.cmdline()
                if "ipykernel_launcher" in line and line[0] == sys.executable:
                    kernels.append(each)
        # Others wait for visitors, or are not yet ended.
        return len(kernels) - READY * len(LANGUAGES) * len(DASHBOARDS)

    wait_for(lambda: 1 <= taken() <= most)


def test_the_worker_is_waiting(enclave):
    below = enclave.processes()
    assert [p for p in below if p.cmdline()[-2:] == ["enclave", "worker"]]
    log = enclave.places.log("hub")
    wait_for(lambda: "is waiting for jobs" in log.read_text())


def test_a_dashboard_runs_apart_from_the_hub(enclave):
    below = enclave.processes()
    voila = [p for p in below if "enclave_hub.dashboard.server" in p.cmdline()]
    own = voila[-1]
    assert not own.environ().get("ENCLAVE_HOME")
    assert not [
        c
        for c in own.net_connections()
        if c.status == "ESTABLISHED" and c.raddr and c.raddr[0] != "127.0.0.1"
    ]
