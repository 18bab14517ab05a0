"""What passes from a sandbox to the hub.

The hub's place is taken by a small server that says what it was asked.
"""

import asyncio
import json

import pytest
from aiohttp import ClientSession, UnixConnector, web
from yarl import URL

from enclave.audit import log
from enclave.delivery import readings
from enclave.delivery.deliver import deliver
from enclave_hub.dashboard.relay import VISIT, DashboardRelay
from enclave_hub.listening import unix_listener
from enclave_hub.workspace.kernel_readings import KernelReadings
from enclave_hub.workspace.kernel_starts import KernelStarts
from enclave_hub.workspace.relay import (
    KERNEL_READINGS,
    KERNEL_STARTS,
    WorkspaceRelay,
)
from tests.builders import installation
from tests.builders.projects import at


ACTIVITY = "/hub/api/users/rikke/activity"
PEOPLE = {
    "token of-rikke": {
        "kind": "user",
        "name": "rikke",
        "scopes": ["access:services!service=feasibility"],
    },
    "token of-ole": {
        "kind": "user",
        "name": "ole",
        "scopes": ["access:services!service=portal"],
    },
    "token of-a-service": {
        "kind": "service",
        "name": "feasibility",
        "scopes": ["access:services!service=feasibility"],
    },
}


async def _hub(request):
    token = request.headers.get("Authorization", "")
    if request.path == "/hub/api/user" and token not in PEOPLE:
        return web.json_response({"message": "Forbidden"}, status=403)
    asked = {
        "method": request.method,
        "path": request.raw_path,
        "headers": dict(request.headers),
        "body": (await request.read()).decode(),
    }
    return web.json_response(
        {**asked, **PEOPLE.get(token, {})},
        headers={"X-JupyterHub-Version": "6.1.1", "Set-Cookie": "hub=secret"},
    )


@pytest.fixture
def ask(settings):
    """Ask something through a relay; returns status, headers and body."""
    settings.runtime.mkdir(exist_ok=True)
    hub_socket, relay_socket = settings.runtime / "h.sock", settings.runtime / "r.sock"

    async def through(relay, method, path, **request):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", _hub)
        hub = web.AppRunner(app)
        await hub.setup()
        await web.SockSite(hub, unix_listener(hub_socket)).start()
        await relay.start(unix_listener(relay_socket))
        try:
            async with (
                ClientSession(connector=UnixConnector(str(relay_socket))) as session,
                # As it stands, without the client's tidying of dots and escapes.
                session.request(
                    method, URL(f"http://relay{path}", encoded=True), **request
                ) as answer,
            ):
                return answer.status, answer.headers, await answer.text()
        finally:
            await relay.stop()
            await hub.cleanup()

    def asked(method, path, relay=None, **request):
        relay = relay or WorkspaceRelay(hub_socket, "rikke", "immune-index")
        return asyncio.run(through(relay, method, path, **request))

    asked.dashboard = DashboardRelay(settings, hub_socket, "feasibility")
    return asked


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/hub/api"),
        ("GET", "/hub/api/"),
        ("GET", "/hub/api/user"),
        ("POST", "/hub/api/oauth2/token"),
    ],
)
def test_the_calls_of_sign_in_pass(ask, method, path):
    status, headers, body = ask(
        method, path, headers={"Authorization": "token of-rikke"}
    )
    assert status == 200
    assert json.loads(body)["path"] == path
    assert headers["X-JupyterHub-Version"] == "6.1.1"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/hub/api/user"),
        ("GET", "/hub/api/oauth2/token"),
        ("GET", "/hub/api/users"),
        ("GET", "/hub/api/users/rikke"),
        ("POST", "/hub/api/users/rikke/tokens"),
        ("POST", "/hub/api/users/rikke/servers/other-project"),
        ("POST", "/hub/api/users/anne/activity"),
        ("POST", "/hub/api/shutdown"),
        ("GET", "/hub/api/proxy"),
        ("GET", "/hub/api/info"),
        ("GET", "/hub/login"),
        ("GET", "/hub/api/user?include=all"),
        ("GET", "/hub/api/user/../users"),
        ("GET", "/hub/api/%75ser"),
        ("GET", "//hub/api/user"),
        ("DELETE", "/hub/api/users/rikke/servers/immune-index"),
        ("POST", VISIT),
    ],
)
def test_no_other_call_passes(ask, method, path):
    status, _, body = ask(method, path, headers={"Authorization": "token of-rikke"})
    assert status == 403
    assert body == "This call does not pass from a sandbox."


def test_only_named_headers_pass_in_either_direction(ask):
    _, answered, body = ask(
        "GET",
        "/hub/api/user",
        headers={
            "Authorization": "token of-rikke",
            "Cookie": "jupyterhub-hub-login=stolen",
            "X-Forwarded-For": "10.0.0.1",
        },
    )
    asked = json.loads(body)["headers"]
    assert asked["Authorization"] == "token of-rikke"
    assert not {"Cookie", "X-Forwarded-For"} & asked.keys()
    assert "Set-Cookie" not in answered


def test_a_workspace_reports_its_own_activity(ask):
    report = {
        "servers": {"immune-index": {"last_activity": "2026-11-22T10:00:00Z"}},
        "last_activity": "2026-11-22T10:00:00Z",
    }
    status, _, body = ask("POST", ACTIVITY, json=report)
    assert status == 200
    assert json.loads(json.loads(body)["body"]) == {"servers": report["servers"]}


@pytest.mark.parametrize(
    "servers",
    [
        {"other-project": {"last_activity": "2026-11-22T10:00:00Z"}},
        {
            "immune-index": {"last_activity": "2026-11-22T10:00:00Z"},
            "other-project": {"last_activity": "2026-11-22T10:00:00Z"},
        },
        {"immune-index": {"last_activity": 7}},
        [],
        None,
    ],
)
def test_a_workspace_reports_nothing_else(ask, servers):
    status, _, body = ask("POST", ACTIVITY, json={"servers": servers})
    assert status in {400, 403}
    assert "path" not in body


def test_a_body_that_is_too_large_stops_at_the_relay(ask):
    status, _, _ = ask("POST", "/hub/api/oauth2/token", data=b"x" * 70_000)
    assert status == 413


def test_a_dashboard_gets_a_visit_token_for_the_person_who_came(ask):
    status, _, body = ask(
        "POST", VISIT, ask.dashboard, headers={"Authorization": "token of-rikke"}
    )
    assert status == 200
    assert json.loads(body)["token"].startswith("enclave1.")


@pytest.mark.parametrize("who", ["of-ole", "of-a-service", "made-up", ""])
def test_a_dashboard_gets_none_for_anybody_else(ask, who):
    status, _, body = ask(
        "POST", VISIT, ask.dashboard, headers={"Authorization": f"token {who}"}
    )
    assert status == 403
    assert "enclave1" not in body


def test_a_dashboard_may_not_report_activity(ask):
    assert ask("POST", ACTIVITY, ask.dashboard, json={})[0] == 403


@pytest.mark.parametrize(
    ("body", "expected"),
    [("{}", 400), ("[]", 400), ("no json", 400), ('{"kernel": "python-1999.01"}', 403)],
)
def test_only_a_released_kernel_counts_as_started(
    ask, settings, database, body, expected
):
    relay = _recording_relay(settings, database)

    status, _, _ = ask("POST", KERNEL_STARTS, relay, data=body)

    assert status == expected


def test_a_start_is_written_down_outside_with_who_and_where(ask, settings, database):
    relay = _recording_relay(settings, database)
    said = json.dumps({"kernel": "questions", "actor": "somebody else"})

    status, _, _ = ask("POST", KERNEL_STARTS, relay, data=said)

    with database.begin() as session:
        (entry,) = log.latest(session, 9)
    assert status == 204
    assert (entry["actor"], entry["action"]) == ("rikke", "kernel.start")
    assert entry["subject"] == "project:immune-index"
    assert entry["details"] == {"name": "questions"}


@pytest.mark.parametrize("path", [KERNEL_STARTS, KERNEL_READINGS])
def test_without_a_recorder_nothing_about_kernels_passes(ask, path):
    status, _, _ = ask("POST", path, data='{"kernel": "questions", "columns": []}')

    assert status == 403


def test_readings_are_written_down_of_what_the_project_has(ask, settings, database):
    installation.set_up_for_long(settings, database)
    grant = installation.issued(settings, database).id
    deliver(settings, database, grant, clock=at())
    relay = _recording_relay(settings, database)

    def tell(*columns):
        body = json.dumps({"columns": columns})
        return ask("POST", KERNEL_READINGS, relay, data=body)[0]

    assert tell([1, "lab.value"], [1, "person.sex"]) == 204
    assert tell([1, "person.cpr"]) == tell([2, "lab.value"]) == 403
    assert tell([2**63, "lab.value"]) == tell([0, "lab.value"]) == 400
    assert tell("lab.value") == tell([1]) == 400
    with database.begin() as session:
        assert readings.last_days(session, 1).keys() == {"lab.value", "person.sex"}


def _recording_relay(settings, database):
    starts = KernelStarts(settings, database, "rikke", "immune-index")
    hub_socket = settings.runtime / "h.sock"
    recorders = {
        KERNEL_STARTS: starts,
        KERNEL_READINGS: KernelReadings(settings, database, "rikke", "demo"),
    }
    return WorkspaceRelay(hub_socket, "rikke", "immune-index", recorders)
