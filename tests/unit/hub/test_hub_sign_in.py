"""Which requests are taken for the person whose cookies they bring."""

import pytest
from starlette.requests import Request

from enclave_hub.hub_sign_in import comes_from_a_person


PREFIX = "/services/portal/"
DRAFT, COUNT = f"{PREFIX}applications/7/draft", f"{PREFIX}applications/7/count"


def taken(method: str, path: str, destination: str | None, site: str | None) -> bool:
    sent = {"sec-fetch-dest": destination, "sec-fetch-site": site}
    headers = [(k.encode(), v.encode()) for k, v in sent.items() if v is not None]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    return comes_from_a_person(Request(scope), PREFIX)


@pytest.mark.parametrize("path", [DRAFT, COUNT])
def test_what_our_page_sends_while_it_is_open_is_the_person(path):
    assert taken("POST", path, "empty", "same-origin")


@pytest.mark.parametrize("destination", ["document", None])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_its_own_is_the_person(method, destination):
    assert taken(method, f"{PREFIX}applications/7", destination, "same-origin")


@pytest.mark.parametrize(
    ("method", "path", "destination", "site"),
    [
        ("GET", DRAFT, "empty", "same-origin"),
        ("PUT", DRAFT, "empty", "same-origin"),
        ("POST", DRAFT, "empty", "same-site"),
        ("POST", DRAFT, "empty", "cross-site"),
        ("POST", DRAFT, "empty", None),
        ("POST", DRAFT, "iframe", "same-origin"),
        ("POST", DRAFT, "script", "same-origin"),
        ("POST", f"{DRAFT}/", "empty", "same-origin"),
        ("POST", f"{DRAFT}\n", "empty", "same-origin"),
        ("POST", f"{PREFIX}applications/7/edit", "empty", "same-origin"),
        ("POST", f"{PREFIX}applications/7/copy", "empty", "same-origin"),
        ("POST", f"{PREFIX}applications/new", "empty", "same-origin"),
        ("POST", f"{PREFIX}api/applications/7/draft", "empty", "same-origin"),
        ("GET", f"{PREFIX}applications/7/edit", "empty", "same-origin"),
        ("GET", f"{PREFIX}applications/7/edit", "iframe", "same-origin"),
    ],
)
def test_what_another_script_fetches_is_not(method, path, destination, site):
    assert not taken(method, path, destination, site)
