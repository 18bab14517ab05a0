"""The front between browser and workspace: what it refuses, tells and counts."""

import json

import httpx
import pytest
import websocket
from sqlalchemy import select

from enclave.store.database import Database
from enclave.store.display_tables import DisplayEgress
from tests.builders.hub import PATIENCE, PROJECT, wait_for
from tests.builders.hub_person import FRAME, SCRIPT


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]

DOCUMENT = {
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Accept": "text/html",
}


@pytest.fixture
def bare(enclave):
    """A client without any cookie, that follows nothing."""
    with httpx.Client(timeout=PATIENCE) as client:
        client.url = enclave.workspaces_url
        yield client


def test_the_shell_frames_the_workspace_on_another_origin(workspace, enclave):
    shell = workspace.person.http.get(f"{workspace.path}/lab")
    policy = shell.headers["content-security-policy"]
    assert f"frame-src {workspace.url}/" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert workspace.frame.startswith(f"{workspace.url}/enter?ticket=")
    assert enclave.url != enclave.workspaces_url
    assert "http://cdn" not in workspace.page.text


def test_a_page_opened_outside_the_shell_leads_into_it(workspace, enclave, bare):
    for path in ("lab/tree/work", "api/contents/work", "files/work/x", "static/x.js"):
        answer = bare.get(f"{workspace.url}/{path}", headers=DOCUMENT)
        assert answer.status_code == 302
        assert answer.headers["location"] == f"{enclave.url}{workspace.path}/{path}"


def test_the_shell_shows_only_pages(workspace, rikke):
    answer = rikke.http.get(f"{workspace.path}/files/work/x")
    assert answer.status_code == 403
    assert "/project/outbox" in answer.text
    assert rikke.http.post(f"{workspace.path}/api/kernels").status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Dest": "serviceworker", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Dest": "object", "Sec-Fetch-Site": "same-origin"},
        {**FRAME, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_only_scripts_of_its_own_page_are_answered(workspace, headers):
    cookies = workspace.person.http.cookies
    with httpx.Client(cookies=cookies, timeout=PATIENCE) as browser:
        for path in ("api/contents", "lab"):
            answer = browser.get(f"{workspace.url}/{path}", headers=headers)
            assert answer.status_code == 403
            assert "does not come from a page" in answer.text


def test_a_ticket_is_worth_one_visit(workspace, bare):
    assert bare.get(workspace.frame, headers=FRAME).status_code == 403
    made_up = f"{workspace.url}/enter?ticket=x"
    assert bare.get(made_up, headers=FRAME).status_code == 403


def test_a_ticket_leads_to_pages_of_its_workspace_alone(workspace, rikke, bare):
    shell = rikke.http.get(f"{workspace.path}/lab").text
    ticket = shell.split("enter?ticket=")[1].split("&")[0]
    away = f"{workspace.url}/enter?ticket={ticket}&page=//evil.example/"
    assert bare.get(away, headers=FRAME).status_code == 403


def test_the_session_is_for_this_path_and_no_script(workspace, rikke, bare):
    shell = rikke.http.get(f"{workspace.path}/lab").text
    ticket = shell.split("enter?ticket=")[1].split("&")[0]
    answer = bare.get(f"{workspace.url}/enter?ticket={ticket}", headers=FRAME)
    cookie = answer.headers["set-cookie"]
    assert f"Path={workspace.path}/" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_what_the_server_inside_tells_the_browser_is_ours(workspace, enclave):
    answer = workspace.get("api/contents")
    told = {name.lower() for name in answer.headers}
    assert told <= {
        *("content-type", "content-length", "cache-control", "etag", "date", "server"),
        *("last-modified", "expires", "transfer-encoding", "x-jupyterhub-version"),
        *("content-security-policy", "x-content-type-options", "referrer-policy"),
        *("x-dns-prefetch-control", "permissions-policy", "origin-agent-cluster"),
        "cross-origin-resource-policy",
    }
    policy = answer.headers["content-security-policy"]
    assert f"frame-ancestors {enclave.url};" in policy


@pytest.mark.parametrize(
    "path",
    ["terminals/websocket/1", "lsp/ws/python", "api/kernels/x/channels", "proxy/1/ws"],
)
def test_no_other_websocket_is_opened(workspace, path):
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        workspace.channel(path)


@pytest.mark.parametrize("origin", ["", "null", "http://evil.example", "HUB"])
def test_a_websocket_of_another_page_is_not_opened(workspace, enclave, origin):
    with (
        workspace.kernel(),
        pytest.raises(websocket.WebSocketBadStatusException, match="403"),
    ):
        kernel = workspace.get("api/kernels").json()[0]["id"]
        sent = enclave.url if origin == "HUB" else origin
        workspace.channel(f"api/kernels/{kernel}/channels", Origin=sent)


def test_files_of_data_are_not_shown_raw(workspace):
    workspace.run(
        "open('/project/work/a.csv', 'w').write('to,be,kept,here')\n"
        "open('/project/work/a', 'w').write('to,be,kept,here')\n"
        "open('/project/work/a.py', 'w').write('print(1)')"
    )
    for name in ("a.csv", "a"):
        for query in ("", "?type=file&format=text", "?type=file&format=base64"):
            answer = workspace.get(f"api/contents/work/{name}{query}")
            assert answer.status_code == 403
            assert "to,be,kept" not in answer.text
            assert "/project/outbox" in answer.json()["message"]
    assert workspace.get("api/contents/work/a.csv?content=0").status_code == 200
    assert workspace.get("api/contents/work/a.py").json()["content"] == "print(1)"
    assert workspace.get("api/contents/work").status_code == 200


def test_a_browser_over_another_name_is_refused(workspace):
    headers = {**SCRIPT, "Host": "evil.example"}
    assert workspace.get("api/contents", headers=headers).status_code == 403


def test_a_workspace_that_is_not_open_is_not_found(enclave, bare):
    for path in ("/", "/hub/home", "/user/rikke/nothing/lab", "/services/portal/"):
        answer = bare.get(f"{enclave.workspaces_url}{path}", headers=SCRIPT)
        assert answer.status_code == 404


def test_what_is_shown_is_counted(workspace, enclave):
    database = Database(enclave.settings.database_url)

    def shown():
        with database.begin() as session:
            entries = session.scalars(
                select(DisplayEgress).where(DisplayEgress.project == PROJECT)
            ).all()
            return sum(e.bytes for e in entries if e.person == "rikke")

    # What others were shown is written down every few seconds, all that came so far.
    earlier = shown()
    workspace.get("api/contents")
    wait_for(lambda: shown() > earlier, seconds=60)
    before = shown()
    workspace.run("print('x' * 1_000_000)")
    wait_for(lambda: shown() - before > 1_000_000, seconds=60)
    workspace.get("api/contents")
    assert shown() - before < 1_100_000
    database.dispose()


def test_the_shell_asks_whether_its_visitor_may_stay(workspace, rikke, bare, enclave):
    state = rikke.http.get(f"{workspace.path}/shell/state", headers=SCRIPT)
    assert json.loads(state.text) == {
        "allowed": True,
        "reason": "",
        "danish": "",
    }
    stranger = bare.get(f"{enclave.url}{workspace.path}/shell/state", headers=SCRIPT)
    assert stranger.status_code == 401
