"""The sign-in against a certified provider, without a browser."""

import asyncio
import base64
import hashlib
import re
import secrets
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from sqlalchemy import select
from tornado import web

from enclave.projects import people
from enclave.store.audit_tables import AuditEntry
from enclave_hub.sign_in.openid import OpenIDAuthenticator
from tests.builders.hub import free_port
from tests.builders.openid import SECRET, provider, trust
from tests.builders.projects import person


CALLBACK = "http://127.0.0.1:1/hub/oauth_callback"


@pytest.fixture(scope="module")
def issuer():
    with provider(free_port(), CALLBACK) as address:
        yield address


@pytest.fixture
def authenticator(settings, database, issuer):
    with database.begin() as session:
        person(session, "rikke")
        person(session, "karen")
    trust(settings.home / "hub", issuer)
    return OpenIDAuthenticator(settings=replace(settings, demo=True))


def _code(authenticator, name, code, verifier):
    """Sign in at the provider as a browser does; return what it sends back."""
    challenge = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": authenticator.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": " ".join(authenticator.scope),
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **authenticator.extra_authorize_params,
    }
    with httpx.Client() as browser:
        answer = browser.get(authenticator.authorize_url, params=asked)
        while not answer.headers.get("location", "").startswith(CALLBACK):
            if answer.is_redirect:
                answer = browser.get(answer.url.join(answer.headers["location"]))
            else:
                form = {"user": name, "password": "password", "code": code}
                answer = browser.post(answer.url, data=form)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def _tokens(authenticator, name, code="123456"):
    verifier = secrets.token_urlsafe(32)
    params = {
        "grant_type": "authorization_code",
        "code": _code(authenticator, name, code, verifier),
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
        "client_id": authenticator.client_id,
        "client_secret": authenticator.client_secret,
    }
    return authenticator.get_token_info(None, params)


def _sign_in(authenticator, name, code="123456"):
    async def run():
        tokens = await _tokens(authenticator, name, code)
        return await authenticator._token_to_auth_model(tokens)

    return asyncio.run(run())


def test_a_person_with_a_second_factor_is_let_in(authenticator, database):
    model = _sign_in(authenticator, "rikke")
    assert model["name"] == "rikke"
    assert model["auth_state"] is None
    assert {role["name"] for role in model["roles"]} >= {"user", "services-rikke"}
    with database.begin() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "account.sign_in")
        ).one()
    assert entry.actor == "rikke"
    assert "second-factor" in entry.details


def test_a_group_of_the_provider_gives_its_role(authenticator, database):
    _sign_in(authenticator, "karen")
    with database.begin() as session:
        assert people.get(session, "karen").roles == {"researcher", "core"}


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("rikke", "", "without a second factor"),
        ("rikke", "000000", "without a second factor"),
        ("eve", "123456", "eve@elsewhere.example has no account here"),
    ],
)
def test_nobody_else_is(authenticator, name, code, reason):
    with pytest.raises(web.HTTPError) as refused:
        _sign_in(authenticator, name, code)
    assert refused.value.status_code == 403
    assert re.search(reason, refused.value.log_message)


@pytest.mark.parametrize("how", ["none", "our own secret", "changed", "another client"])
def test_an_id_token_that_the_provider_did_not_sign_for_us_is_refused(
    authenticator, how
):
    async def run():
        tokens = await _tokens(authenticator, "rikke")
        claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
        kid = {"kid": jwt.get_unverified_header(tokens["id_token"])["kid"]}
        head, _, signature = tokens["id_token"].split(".")
        if how == "none":
            tokens["id_token"] = jwt.encode(claims, "", "none", headers=kid)
        elif how == "our own secret":
            key = SECRET * 2
            tokens["id_token"] = jwt.encode(claims, key, "HS256", headers=kid)
        elif how == "changed":
            other = jwt.encode({**claims, "sub": "karen"}, SECRET * 2, "HS256")
            tokens["id_token"] = ".".join([head, other.split(".")[1], signature])
        else:
            authenticator.client_id = "another-client"
        await authenticator.token_to_user(tokens)

    with pytest.raises(web.HTTPError, match="not proof of who you are"):
        asyncio.run(run())
