from pathlib import Path

import pytest

from enclave.sandbox.accounts import DASHBOARDS, FIRST_PROJECT, for_project
from enclave.sandbox.bubblewrap import prepare
from enclave.sandbox.description import Account, Mount, SandboxDescription
from tests.builders.sandbox import a_sandbox


@pytest.mark.parametrize("target", ["data", "/project/../etc", "../x"])
def test_a_mount_has_an_absolute_target(target):
    with pytest.raises(ValueError, match="absolute"):
        Mount(Path("/usr"), Path(target))


def test_a_mount_has_an_absolute_source():
    with pytest.raises(ValueError, match="absolute"):
        Mount(Path("data"), Path("/data"))


@pytest.mark.parametrize("command", [["python"], ["./run"]])
def test_a_command_names_its_program_by_its_place(command):
    with pytest.raises(ValueError, match="absolute path"):
        SandboxDescription(command)


def test_no_two_mounts_share_a_target():
    twice = (Mount(Path("/a"), Path("/x")), Mount(Path("/b"), Path("/x")))

    with pytest.raises(ValueError, match="same target"):
        SandboxDescription(["/bin/true"], mounts=twice)


@pytest.mark.parametrize("name", ["", "A=B"])
def test_a_variable_has_a_name(name):
    with pytest.raises(ValueError, match="name of a variable"):
        SandboxDescription(["/bin/true"], environment={name: "x"})


@pytest.mark.parametrize(("uid", "gid"), [(0, 5), (5, 0), (-1, 5)])
def test_no_sandbox_runs_as_root(uid, gid):
    with pytest.raises(ValueError, match="never runs as root"):
        Account(uid, gid)


@pytest.mark.parametrize("number", [0, -1, 1_000_000])
def test_a_project_outside_the_range_has_no_account(number):
    with pytest.raises(ValueError, match="not the number of a project"):
        for_project(number)


def test_no_project_shares_the_account_of_another_or_of_the_dashboards(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)

    accounts = [for_project(number) for number in (1, 2, 999_999)]

    assert len({account.uid for account in accounts}) == 3
    assert min(account.uid for account in accounts) > DASHBOARDS
    assert accounts[0].uid == FIRST_PROJECT + 1


def test_root_must_name_an_account(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)

    with pytest.raises(ValueError, match="needs an account"):
        prepare(SandboxDescription(["/bin/true"]))


def test_another_user_cannot_take_an_account(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("os.getegid", lambda: 1000)

    with pytest.raises(ValueError, match="only root"):
        prepare(SandboxDescription(["/bin/true"], account=Account(1001, 1001)))


@pytest.mark.parametrize(
    "smuggled",
    [
        {"environment": {"A": "x\0--bind\0/\0/host"}},
        {"mounts": (Mount(Path("/usr\0--bind"), Path("/x")),)},
        {"workdir": Path("/tmp\0--bind")},
    ],
)
def test_no_option_is_smuggled_in_behind_a_nul(smuggled):
    with pytest.raises(ValueError, match="NUL"):
        prepare(a_sandbox(["/bin/true"], **smuggled))
