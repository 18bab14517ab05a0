"""Where sockets may lie."""

import stat

import pytest

from enclave.errors import HostError
from enclave.settings import Settings
from enclave_hub.places import Places, socket_url


def test_only_the_portal_can_be_entered_by_other_accounts(settings):
    places = Places(settings)
    places.prepare()
    modes = {
        folder.name: stat.S_IMODE(folder.stat().st_mode)
        for folder in settings.runtime.iterdir()
    }
    assert modes.pop("portal") == 0o755
    assert set(modes.values()) == {0o700}
    assert {"hub", "proxy", "workspaces", "dashboards", "front"} == set(modes)
    assert stat.S_IMODE(settings.runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE(places.hub.stat().st_mode) == 0o700


def test_capitals_are_refused_because_jupyterhub_lowers_them(tmp_path):
    places = Places(Settings.at(tmp_path, runtime="/tmp/Enclave"))
    with pytest.raises(HostError, match="JupyterHub only finds sockets"):
        places.prepare()
    assert not (tmp_path / "hub").exists()


def test_a_path_that_linux_cannot_bind_is_refused(tmp_path):
    places = Places(Settings.at(tmp_path, runtime=f"/tmp/{'long' * 25}"))
    with pytest.raises(HostError, match="pass 107 bytes"):
        places.prepare()


def test_the_longest_path_that_is_accepted_can_be_bound(tmp_path):
    room = 107 - len("/tmp/") - len("/workspaces/999999/server.sock")
    Places(Settings.at(tmp_path, runtime=f"/tmp/{'x' * room}")).prepare()
    with pytest.raises(HostError):
        Places(Settings.at(tmp_path, runtime=f"/tmp/{'x' * (room + 1)}")).prepare()


def test_a_socket_is_one_word_of_an_address(settings):
    assert socket_url(Places(settings).hub_socket).startswith("http+unix://%2F")
    assert "/hub" not in socket_url(Places(settings).hub_socket)
