"""Which claims open which account, and which provider is asked at all."""

import pytest
import yaml

from enclave.errors import HostError, InputError, PolicyRefusal
from enclave.projects import people
from enclave_hub.sign_in.claims import account_of, require_second_factor
from enclave_hub.sign_in.provider import Provider, discover, read_provider
from tests.builders.openid import trust
from tests.builders.projects import person


VERIFIED = {"email_verified": True}


@pytest.fixture
def session(database):
    with database.begin() as session:
        person(session, "rikke")
        person(session, "karen", "researcher", "core")
        yield session


@pytest.fixture
def provider(tmp_path):
    return read_provider(trust(tmp_path, "https://idp.example"))


@pytest.mark.parametrize(
    "claims",
    [
        {"acr": "second-factor"},
        {"acr": "second-factor", "amr": ["pwd"]},
        {"amr": ["otp", "pwd", "mfa"]},
    ],
)
def test_a_second_factor_is_enough(provider, claims):
    require_second_factor(provider, claims)


@pytest.mark.parametrize(
    "claims",
    [{}, {"acr": None}, {"acr": "password"}, {"amr": ["pwd"]}, {"amr": "otp"}],
)
def test_a_password_alone_is_not(provider, claims):
    with pytest.raises(PolicyRefusal, match="without a second factor"):
        require_second_factor(provider, claims)


def test_an_account_is_found_by_its_address_in_any_case(session, provider):
    found = account_of(session, provider, {"email": "Rikke@Demo.example", **VERIFIED})
    assert found.name == "rikke"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, "did not say who you are"),
        ({"email": "eve@elsewhere.example", **VERIFIED}, "no account here"),
    ],
)
def test_everybody_else_is_refused_with_the_reason(session, provider, claims, reason):
    with pytest.raises(PolicyRefusal, match=reason):
        account_of(session, provider, claims)


@pytest.mark.parametrize("said", [None, False, "false", "true", 1, [True]])
def test_an_address_that_is_not_said_to_be_verified_opens_nothing(
    session, tmp_path, said
):
    for vouches in (False, True):
        more = {"vouches_for_addresses": vouches}
        provider = read_provider(trust(tmp_path, "https://idp.example", **more))
        claims = {"email": "rikke@demo.example", "email_verified": said}
        with pytest.raises(PolicyRefusal, match="does not say that it verified"):
            account_of(session, provider, claims)


def test_a_provider_without_the_claim_is_believed_only_where_the_site_says_so(
    session, provider, tmp_path
):
    claims = {"email": "rikke@demo.example"}
    with pytest.raises(PolicyRefusal, match="does not say that it verified"):
        account_of(session, provider, claims)
    file = trust(tmp_path, "https://idp.example", vouches_for_addresses=True)
    assert account_of(session, read_provider(file), claims).name == "rikke"


def test_groups_give_and_take_the_roles_that_are_named(session, provider):
    address = {"email": "rikke@demo.example", **VERIFIED}
    groups = {"groups": ["enclave-core", "something-else"]}
    assert account_of(session, provider, {**address, **groups}).roles == {
        "researcher",
        "core",
    }
    assert account_of(session, provider, address).roles == {"researcher"}


def test_who_lost_a_group_loses_its_role(session, provider):
    found = account_of(session, provider, {"email": "karen@demo.example", **VERIFIED})
    assert found.roles == {"researcher"}


def test_newcomers_are_registered_only_where_the_site_says_so(session, tmp_path):
    by_name = {"account_claim": "uid", "account_by": "name", "unknown": "register"}
    provider = read_provider(trust(tmp_path, "https://idp.example", **by_name))
    claims = {"uid": "nina", "name": "Nina", "email": "nina@demo.example"}
    account = account_of(session, provider, claims)
    assert account.roles == {"researcher"}
    assert account.training_until is None
    assert people.get(session, "nina").institution == "Hospital"


@pytest.mark.parametrize(
    "change",
    [
        {"acr": [], "amr": []},
        {"issuer": None},
        {"roles": {"enclave-core": "emperor"}},
        {"unknown": "register"},
        {"unknown": "let in"},
        {"trust_everybody": True},
        {"vouches_for_addresses": "yes"},
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path, change):
    with pytest.raises(InputError, match="nobody can sign in"):
        read_provider(trust(tmp_path, "https://idp.example", **change))


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    file = trust(tmp_path, "https://idp.example")
    provider = Provider.model_validate(yaml.safe_load(file.read_text()))
    provider.client_secret_file.chmod(0o644)
    with pytest.raises(HostError, match="chmod 600"):
        _ = provider.secret


def test_a_provider_without_https_is_not_asked(provider):
    for issuer, loopback in (
        ("http://idp.example", True),
        ("http://127.0.0.1:1", False),
    ):
        plain = provider.model_copy(update={"issuer": issuer})
        with pytest.raises(HostError, match="not reached over https"):
            discover(plain, loopback=loopback)


def test_a_provider_that_does_not_answer_is_named(provider):
    silent = provider.model_copy(update={"issuer": "http://127.0.0.1:1"})
    with pytest.raises(HostError, match="does not describe itself"):
        discover(silent, loopback=True)
