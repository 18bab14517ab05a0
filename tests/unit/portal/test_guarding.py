"""What holds for every answer: headers, origin, size."""

import pytest

from enclave.portal.guarding import HEADERS, MAXIMUM_BODY
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import HOST, Door, portal, visits
from tests.builders.projects import at


NEW = {"kind": "proposal", "form": {}}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/api/projects", 200),
        ("/static/portal.css", 200),
        ("/openapi.json", 200),
        ("/nowhere", 404),
        ("/applications/77", 404),
    ],
)
def test_every_answer_carries_the_headers(door: Door, path: str, status: int):
    answer = door.browser("rikke").get(path)

    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_policy_allows_its_own_scripts_and_no_other_host():
    rules = dict(
        rule.strip().split(" ", 1)
        for rule in HEADERS["Content-Security-Policy"].split(";")
    )

    assert rules["default-src"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert {*rules.values()} == {"'none'", "'self'"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 201),
        ({"origin": f"http://{HOST}"}, 201),
        ({"origin": f"https://{HOST}"}, 201),
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": f"http://{HOST}.evil.test"}, 403),
        ({"origin": f"http://evil.test/{HOST}"}, 403),
        ({"origin": f"http://{HOST}:8080"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": f"http://{HOST}"}, 403),
    ],
)
def test_a_change_must_come_from_our_own_page(door: Door, headers: dict, status: int):
    answer = door.plain("rikke", **headers).post("/api/applications", json=NEW)

    assert answer.status_code == status
    listed = door.program("rikke").get("/api/applications").json()["applications"]
    assert len(listed) == (status == 201)


def test_reading_may_come_from_a_link_elsewhere(door: Door):
    visitor = door.plain("rikke", **{"sec-fetch-site": "cross-site"})

    assert visitor.get("/api/applications").status_code == 200


def test_a_body_has_its_limit(door: Door):
    program = door.program("rikke")

    answer = program.post("/api/applications", content=b" " * (MAXIMUM_BODY + 1))
    assert answer.status_code == 413
    assert "4,000,000 bytes" in answer.json()["error"]
    fits = program.post("/api/applications", content=b" " * MAXIMUM_BODY)
    assert fits.status_code == 422


def test_a_body_without_a_length_has_the_same_limit(door: Door):
    async def endless():
        for _ in range(100):
            yield b" " * 100_000

    answer = door.program("rikke").post("/api/applications", content=endless())
    assert answer.status_code == 413


@pytest.mark.parametrize(("accept", "kind"), [("text/html", "html"), ("*/*", "json")])
def test_a_bug_tells_nothing(
    settings: Settings, database: Database, accept: str, kind: str
):
    def broken():
        raise RuntimeError("patient 010190-1234 at /etc/secret")

    with visits(portal(settings, database, clock=broken)) as door:
        answer = door.browser("rikke", accept=accept).get("/")

    assert answer.status_code == 500
    assert kind in answer.headers["content-type"]
    assert "Something went wrong on our side" in answer.text
    assert "010190" not in answer.text
    assert "Traceback" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_nobody_is_let_in_without_signing_in(door: Door):
    page = door.browser(None).get("/")
    data = door.program(None).get("/api/projects")

    assert page.status_code == data.status_code == 401
    assert "sign in at the hub" in page.text
    assert data.json() == {"error": "You are not signed in: sign in at the hub."}


def test_a_person_without_an_account_is_told_so(door: Door):
    answer = door.browser("ghost").get("/")

    assert answer.status_code == 403
    assert "ghost, who has no account here" in answer.text


def test_the_api_is_described(door: Door):
    document = door.program("rikke").get("/openapi.json").json()

    assert "/services/portal/api/feasibility/count" in document["paths"]
    for path, methods in document["paths"].items():
        for one in methods.values():
            assert one["summary"], path
            assert one["description"], path


def test_a_portal_at_the_root(settings: Settings, database: Database):
    app = portal(settings, database, clock=at())

    assert app.state.office.prefix == "/services/portal"
