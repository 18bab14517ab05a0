"""Sign-in of the demonstration."""

import asyncio
import stat
from dataclasses import replace

import pytest

from enclave.errors import HostError
from enclave.projects.demo import register_demo_people
from enclave_hub.places import Places
from enclave_hub.sign_in.demo import DemoAuthenticator, demo_password


@pytest.fixture
def authenticator(settings, database):
    Places(settings).prepare()
    with database.begin() as session:
        register_demo_people(session)
    return DemoAuthenticator(settings=replace(settings, demo=True))


def _sign_in(authenticator, name, password):
    data = {"username": name, "password": password}
    return asyncio.run(authenticator.authenticate(None, data))


def test_outside_demo_mode_it_does_not_exist(settings):
    with pytest.raises(HostError, match="No identity provider is set up"):
        DemoAuthenticator(settings=settings)


def test_a_demo_person_with_the_password_is_let_in(authenticator, settings):
    password = demo_password(Places(settings).demo_password)
    assert _sign_in(authenticator, "rikke", password)["name"] == "rikke"


def test_another_password_or_person_is_not(authenticator, settings):
    password = demo_password(Places(settings).demo_password)
    assert _sign_in(authenticator, "rikke", password + "x") is None
    assert _sign_in(authenticator, "rikke", "") is None
    assert _sign_in(authenticator, "nobody", password) is None


def test_the_password_stays_and_is_private(settings):
    file = Places(settings).demo_password
    first = demo_password(file)
    assert len(first) >= 12
    assert demo_password(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_somebody_who_is_gone_has_to_sign_in_again(authenticator):
    class User:
        name = "left-long-ago"

    assert asyncio.run(authenticator.refresh_user(User())) is False
