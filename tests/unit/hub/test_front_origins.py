"""Shell and workspace are on two origins, or the enclave does not start."""

import pytest

from enclave.errors import HostError, PolicyRefusal
from enclave.settings import Settings
from enclave_hub.front import headers
from enclave_hub.front.openings import OpenWorkspace
from enclave_hub.front.origins import label_of, origins, require_two_origins


PUBLIC = "https://enclave.example.dk"
EACH = "https://{workspace}.enclave.example.dk"


def _settings(tmp_path, **environ):
    return Settings.from_environment({"ENCLAVE_HOME": str(tmp_path), **environ})


def _workspace(person="rikke", project="immune-index", **more):
    return OpenWorkspace(
        person=person,
        project=project,
        server="",
        prefix=f"/user/{person}/{project}/",
        client="",
        secret="",
        callback="",
        scopes=(),
        **more,
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_over_loopback_the_ports_differ(tmp_path, host):
    where = origins(_settings(tmp_path), _workspace(), f"{host}:8000")
    assert where.shell == f"http://{host}:8000"
    assert where.workspace == f"http://{host}:8001"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8001", ""])
def test_another_name_of_this_machine_is_refused(tmp_path, host):
    with pytest.raises(PolicyRefusal, match=r"127\.0\.0\.1:8000"):
        origins(_settings(tmp_path), _workspace(), host)


def test_with_subdomains_each_workspace_has_its_own(tmp_path):
    settings = _settings(
        tmp_path, ENCLAVE_PUBLIC_URL=PUBLIC, ENCLAVE_WORKSPACES_URL=EACH
    )
    shell = "https://rikke.enclave.example.dk"
    found = {
        origins(settings, _workspace(*who, shell_host=shell), "evil.example")
        for who in (("rikke", "immune-index"), ("rikke", "other"), ("anne", "other"))
    }
    assert len({where.workspace for where in found}) == 3
    assert {where.shell for where in found} == {shell}
    assert all(where.secure and where.own_host for where in found)


def test_no_two_workspaces_share_a_label():
    assert label_of("a", "b-c") != label_of("a-b", "c")
    assert len(label_of("x" * 32, "p" * 30)) <= 63


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"ENCLAVE_PUBLIC_URL": PUBLIC},
        {"ENCLAVE_PUBLIC_URL": PUBLIC, "ENCLAVE_WORKSPACES_URL": PUBLIC},
        {"ENCLAVE_PUBLIC_URL": PUBLIC, "ENCLAVE_WORKSPACES_URL": f"{PUBLIC}/w"},
        {"ENCLAVE_PUBLIC_URL": PUBLIC, "ENCLAVE_WORKSPACES_URL": "http://w.example"},
        {
            "ENCLAVE_PUBLIC_URL": PUBLIC,
            "ENCLAVE_WORKSPACES_URL": PUBLIC,
            "ENCLAVE_DEMO": "1",
        },
    ],
)
def test_without_two_origins_nothing_starts(tmp_path, environ):
    with pytest.raises(HostError, match="ENCLAVE_WORKSPACES_URL"):
        require_two_origins(_settings(tmp_path, **environ))


def test_two_origins_are_enough(tmp_path):
    for pages in (EACH, f"{PUBLIC}:8443"):
        require_two_origins(
            _settings(tmp_path, ENCLAVE_PUBLIC_URL=PUBLIC, ENCLAVE_WORKSPACES_URL=pages)
        )
    require_two_origins(_settings(tmp_path, ENCLAVE_DEMO="1"))


def test_a_policy_names_the_own_path_and_nothing_else(tmp_path):
    where = origins(_settings(tmp_path), _workspace(), "localhost:8000")
    told = headers.of_workspace(where, "/user/rikke/immune-index/")
    policy = dict(
        part.split(" ", 1) for part in told["Content-Security-Policy"].split("; ")
    )
    assert policy["frame-ancestors"] == "http://localhost:8000"
    assert "allow-popups" not in policy["sandbox"]
    assert "allow-downloads" not in policy["sandbox"]
    assert "allow-top-navigation" not in policy["sandbox"]
    for name in ("script-src", "connect-src", "img-src", "frame-src", "form-action"):
        hosts = [word for word in policy[name].split() if "//" in word]
        assert hosts, name
        for host in hosts:
            assert host.endswith("//localhost:8001/user/rikke/immune-index/")
        assert "'self'" not in policy[name]
