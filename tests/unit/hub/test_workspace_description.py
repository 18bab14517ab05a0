"""What a workspace sees, and what its kernels see of that."""

import json
import os
import stat
from pathlib import Path

import pytest

from enclave.archive import shared_comparison
from enclave.sandbox.description import Account
from enclave_hub.places import Places
from enclave_hub.workspace.admission import Project
from enclave_hub.workspace.description import Opening, describe
from enclave_hub.workspace.folders import project_mounts
from enclave_hub.workspace.sockets import WorkspaceSockets
from enclave_widgets.compare import COMPARISONS


TOLD_BY_THE_HUB = {"JUPYTERHUB_API_TOKEN": "hub-secret"}


@pytest.fixture
def description(settings):
    places = Places(settings)
    places.prepare()
    data = settings.deliveries / "demo" / "G1-1" / "0001"
    data.mkdir(parents=True)
    opening = Opening(settings, Project(1, "demo", "A title", ("G1-1",), data), "rikke")
    sockets = WorkspaceSockets.bind(places.workspace_folder(3), opening.account)
    yield describe(opening, sockets, TOLD_BY_THE_HUB)
    sockets.close()


def _kernel(description):
    return json.loads(description.environment["ENCLAVE_KERNEL_SANDBOX"])


def test_secrets_are_not_on_the_command_line(description):
    assert not [word for word in description.sandbox.command if "secret" in word]
    assert description.environment.items() >= TOLD_BY_THE_HUB.items()
    # The command holds the sandbox open and is told nothing.
    assert description.sandbox.environment == {}
    assert description.sandbox.pass_fds == ()


def test_a_kernel_gets_neither_the_hubs_token_nor_its_socket(description):
    kernel = json.dumps(_kernel(description))
    assert "hub-secret" not in kernel
    assert "/run/enclave/hub" not in kernel
    assert "/run/enclave/portal" in kernel


def test_data_are_read_only_and_the_four_others_are_not(description, settings):
    writable = {
        str(mount.target) for mount in description.sandbox.mounts if mount.writable
    }
    assert writable == {
        "/project/work",
        "/project/outbox",
        "/project/return",
        "/home/rikke",
    }
    data = next(
        m for m in description.sandbox.mounts if m.target == Path("/project/data")
    )
    assert data.source == settings.deliveries / "demo" / "G1-1" / "0001"
    for mount in _kernel(description)["mounts"]:
        assert mount["writable"] == (mount["target"] in writable)


def test_nothing_private_of_the_installation_is_seen(description, settings):
    private = [
        settings.keys,
        settings.identity,
        settings.warehouse,
        settings.archive,
        Places(settings).hub,
        settings.home,
        settings.runtime,
        Places(settings).hub_socket.parent,
        Places(settings).proxy_socket.parent,
    ]
    for mount in description.sandbox.mounts:
        if mount.source is not None:
            for folder in private:
                assert not folder.is_relative_to(mount.source)


def test_a_workspace_ends_with_the_hub(description):
    assert description.sandbox.die_with_parent


def test_a_delivery_that_was_destroyed_is_an_empty_folder(settings):
    gone = settings.deliveries / "demo" / "G1-1" / "0001"
    mounts = project_mounts(settings, "demo", "rikke", None, ("G1-1",), gone)
    sources = {mount.target: mount.source for mount in mounts}
    assert list(sources[Path("/project/data")].iterdir()) == []


def test_only_the_versions_of_the_persons_own_grants_are_mounted(settings):
    demo = settings.deliveries / "demo"
    for version in ("G1-1/0001", "G2-1/0002"):
        (demo / version).mkdir(parents=True)
    newest, older = demo / "G2-1" / "0002", demo / "G1-1" / "0001"
    both = ("G1-1", "G2-1")
    mounts = project_mounts(settings, "demo", "rikke", None, both, newest)
    sources = {mount.target: mount.source for mount in mounts}
    assert sources[Path("/project/data")] == newest
    assert sources[Path("/project/versions/G1-1")] == demo / "G1-1"

    mounts = project_mounts(settings, "demo", "rikke", None, ("G1-1",), older)
    sources = {mount.target: mount.source for mount in mounts}
    shown = [path for path in sources.values() if path and path.is_relative_to(demo)]
    assert shown == [older, demo / "G1-1"]
    for name in ("versions", "comparisons"):
        assert [each.name for each in sources[Path("/project")].glob(f"{name}/*")] == [
            "G1-1"
        ]


def test_what_came_of_reruns_is_seen_under_the_grant_of_their_data(settings):
    shared = shared_comparison.folder_of_project(settings, "demo")

    mounts = project_mounts(settings, "demo", "rikke", None, ("G2-1",))

    seen = [mount for mount in mounts if mount.target.is_relative_to(COMPARISONS)]
    assert [(mount.source, mount.writable) for mount in seen] == [
        (shared / "G2-1", False)
    ]


def test_before_the_first_delivery_the_data_folder_is_empty(settings):
    mounts = project_mounts(settings, "demo", "rikke", None)
    data = next(m for m in mounts if m.target == Path("/project/data"))
    assert list(data.source.iterdir()) == []


def test_folders_of_a_project_are_for_its_account_alone(settings):
    mounts = project_mounts(settings, "demo", "rikke", None)
    for mount in mounts:
        if mount.writable:
            assert stat.S_IMODE(mount.source.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_they_are_given_to_that_account(settings):
    account = Account(200_077, 200_077)
    mounts = project_mounts(settings, "demo", "rikke", account)
    assert {m.source.stat().st_uid for m in mounts if m.writable} == {200_077}


def test_two_people_share_the_work_and_not_the_home(settings):
    sources = [
        {m.target: m.source for m in project_mounts(settings, "demo", name, None)}
        for name in ("rikke", "anne")
    ]
    work, home = Path("/project/work"), Path("/home")
    assert sources[0][work] == sources[1][work]
    assert sources[0][home / "rikke"] != sources[1][home / "anne"]
    assert home / "anne" not in sources[0]


def test_sockets_of_a_workspace_that_is_gone_are_replaced(settings):
    folder = settings.runtime / "workspaces" / "1"
    first = WorkspaceSockets.bind(folder, None)
    (folder / "left-behind").touch()
    second = WorkspaceSockets.bind(folder, None)
    assert sorted(path.name for path in folder.iterdir()) == ["hub", "server.sock"]
    first.server.close()
    first.relay.close()
    second.close()
    assert not folder.exists()
