"""The configuration of a hub in production has each of these settings."""

from dataclasses import replace

import pytest
from traitlets.config import Config

from enclave.errors import HostError
from enclave_hub.configuration import configure
from enclave_hub.roles import EVERYBODY
from enclave_hub.sign_in.demo import DemoAuthenticator
from enclave_hub.sign_in.openid import OpenIDAuthenticator
from enclave_hub.spawner import WorkspaceSpawner
from tests.builders.openid import trust


@pytest.fixture
def production(settings):
    return replace(
        settings,
        public_url="https://enclave.example.dk",
        workspaces_url="https://{workspace}.enclave.example.dk",
    )


@pytest.fixture
def c(production):
    (production.home / "hub").mkdir(parents=True)
    trust(production.home / "hub", "https://idp.example.dk")
    config = Config()
    configure(config, production)
    return config


def test_each_person_has_a_host_and_cookies_of_that_host(c):
    assert c.JupyterHub.subdomain_host == "https://enclave.example.dk"
    assert c.JupyterHub.cookie_host_prefix_enabled


def test_nothing_between_hub_proxy_and_workspaces_is_on_the_network(c):
    for address in (
        c.JupyterHub.hub_bind_url,
        c.JupyterHub.hub_connect_url,
        c.UnixSocketProxy.api_url,
    ):
        assert address.startswith("http+unix://")
    for service in c.JupyterHub.services:
        assert service.get("url", "http://127.0.0.1").startswith("http://127.0.0.1")


def test_sessions_and_tokens_end_with_the_working_day(c):
    assert c.JupyterHub.cookie_max_age_days <= 0.5
    assert c.JupyterHub.oauth_token_expires_in <= 12 * 3600
    assert c.JupyterHub.token_expires_in_max_seconds <= 86_400


def test_a_page_that_was_left_open_keeps_no_workspace_open(c):
    """JupyterHub would take every request that passes the proxy for use."""
    assert c.JupyterHub.last_activity_interval == 0


def test_nobody_enters_the_servers_of_others_and_nobody_makes_tokens(c):
    assert not c.JupyterHub.admin_access
    assert c.JupyterHub.load_roles == [EVERYBODY]
    assert set(EVERYBODY["scopes"]) == {"read:users!user", "users:activity!user"}


def test_a_workspace_takes_nothing_from_the_home_or_the_hub(c):
    assert c.JupyterHub.spawner_class is WorkspaceSpawner
    assert c.WorkspaceSpawner.env_keep == []
    assert WorkspaceSpawner(config=c).disable_user_config


def test_the_identity_provider_of_the_site_signs_people_in(c):
    assert c.JupyterHub.authenticator_class is OpenIDAuthenticator


def test_without_a_provider_the_hub_would_have_only_the_demonstrations_sign_in(
    production,
):
    config = Config()
    configure(config, production)
    assert config.JupyterHub.authenticator_class is DemoAuthenticator
    with pytest.raises(HostError, match="No identity provider is set up"):
        DemoAuthenticator(settings=production)


def test_a_hub_outside_a_demonstration_needs_its_addresses(settings):
    with pytest.raises(HostError, match="ENCLAVE_WORKSPACES_URL"):
        configure(Config(), settings)
