"""What a kernel with a visit token reaches, and every way past that which was tried."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from enclave.portal.app import _ROOMS
from enclave.portal.page_forms import CSRF
from enclave.portal.tokens import Tokens
from enclave.portal.visit import load_key
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import Door, token
from tests.builders.projects import QUESTION, at, later, person


ASK = {"question": QUESTION.model_dump(mode="json")}
COUNT = ("POST", "/api/feasibility/count", {"json": ASK})
OPEN = [
    COUNT,
    ("POST", "/api/feasibility/attrition", {"json": ASK}),
    ("GET", "/api/feasibility/budget", {}),
    ("GET", "/api/feasibility/policy", {}),
    ("GET", "/api/catalogue/search?text=result", {}),
    ("GET", "/api/catalogue/tables", {}),
    ("GET", "/api/saved-questions", {}),
    ("GET", "/api/reruns/overview", {}),
]


# Open to everybody, with and without an account.
PUBLIC = {("GET", "/register"), ("GET", "/api/register"), ("GET", "/guidance")}


def closed() -> list[tuple[str, str]]:
    """Every other route of the portal, as its rooms list them."""
    values = {
        "application_id": 1,
        "attachment_id": 1,
        "attempt_id": 1,
        "link": "1.x",
        "step": "scan",
        "slug": "demo",
        "kind": "proposal",
        "owner": "rikke",
        "name": "infection",
        "number": 1,
        "analysis": "PAC2026Rikke_x",
        "file": "certificate.json",
    }
    is_open = {(method, path) for method, path, _ in OPEN}
    return [
        (method, path.format(**values))
        for room in _ROOMS
        for method, path in routes(room)
        if not path.startswith(("/api/feasibility", "/api/catalogue", "/api/atlas"))
        and (method, path) not in is_open | PUBLIC
    ]


def routes(router: APIRouter, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The methods and paths of a room, and of the rooms inside it."""
    for one in router.routes:
        if isinstance(one, APIRoute):
            for method in one.methods:
                yield method, prefix + one.path
        else:
            yield from routes(one.original_router, router.prefix)


@pytest.mark.parametrize(("method", "path", "more"), OPEN)
def test_counts_and_catalogue_are_open(
    clinic: Door, settings: Settings, method: str, path: str, more: dict
):
    answer = clinic.bearer(token(settings)).send(method, path, **more)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("method", "path"), closed())
def test_everything_else_is_closed(
    clinic: Door, settings: Settings, method: str, path: str
):
    answer = clinic.bearer(token(settings)).send(method, path, json={})

    assert answer.status_code == 403
    assert "visit token reaches only counts" in answer.json()["error"]


def test_a_closed_door_is_not_opened_by_a_good_body(clinic: Door, settings: Settings):
    kernel = clinic.bearer(token(settings))
    act = {"action": "withdraw", "version": 4}

    for answer in (
        kernel.post("/api/applications", json={"kind": "proposal", "form": {}}),
        kernel.send("PUT", "/api/applications/1", json={"form": {}, "version": 4}),
        kernel.post("/api/applications/1/actions", json=act),
        kernel.get("/api/applications/1"),
        kernel.get("/applications/1", headers={"accept": "text/html"}),
    ):
        assert answer.status_code == 403
        assert "<html" not in answer.text


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda s: token(s, clock=later(days=-1)), id="expired"),
        pytest.param(lambda s: token(s)[:-2], id="cut"),
        pytest.param(lambda s: token(s).replace(".", ".A", 1), id="changed"),
        pytest.param(
            lambda s: Tokens(load_key(s), at()).issue("rikke", CSRF, timedelta(1)),
            id="page's token",
        ),
        pytest.param(
            lambda _: Tokens(bytes(32), at()).issue(
                "rikke", "feasibility", timedelta(1)
            ),
            id="another key",
        ),
        pytest.param(lambda _: "enclave1.", id="empty"),
    ],
)
def test_a_bad_token_lets_nobody_in_not_even_with_a_cookie(
    clinic: Door, settings: Settings, bad
):
    made = bad(settings)
    for kernel in (clinic.bearer(made), clinic.bearer(made, who="rikke")):
        answer = kernel.send(COUNT[0], COUNT[1], **COUNT[2])

        assert answer.status_code == 401
        assert answer.json()["error"].startswith("Not let in: this token")
        assert made not in answer.text


def test_a_token_counts_for_its_own_account_only(clinic: Door, settings: Settings):
    asked = clinic.bearer(token(settings, "anne")).post(COUNT[1], json=ASK).json()

    left = {
        name: clinic.bearer(token(settings, name))
        .get("/api/feasibility/budget")
        .json()["left"]
        for name in ("rikke", "anne")
    }
    assert left["anne"] == asked["budget_left"] == left["rikke"] - 1


def test_a_token_of_somebody_without_an_account(clinic: Door, settings: Settings):
    answer = clinic.bearer(token(settings, "ghost")).post(COUNT[1], json=ASK)

    assert answer.status_code == 403
    assert "ghost, who has no account here" in answer.json()["error"]


def test_a_strangers_bearer_is_no_visit(clinic: Door):
    answer = clinic.bearer("0123456789abcdef").post(COUNT[1], json=ASK)

    assert answer.status_code == 401
    assert answer.json()["error"].startswith("You are not signed in")


def test_the_token_in_the_address_is_not_read(clinic: Door, settings: Settings):
    made = token(settings)

    answer = clinic.browser(None).get(f"/api/feasibility/budget?token={made}")
    assert answer.status_code == 401


def test_whose_account_ended_is_out(
    clinic: Door, settings: Settings, database: Database
):
    made = token(settings, "late")
    assert clinic.bearer(made).get("/api/feasibility/budget").status_code == 403

    with database.begin() as session:
        person(session, "late")
    assert clinic.bearer(made).get("/api/feasibility/budget").status_code == 200
