"""What the browser is told about a page that shows user code's output."""

import pytest

from enclave_hub.content_policy import content_policy


@pytest.fixture
def directives():
    policy = content_policy("enclave.example:8000", "/user/rikke/immune-index/")
    text = policy["Content-Security-Policy"]
    return {
        name: rest for name, _, rest in (d.partition(" ") for d in text.split("; "))
    }


@pytest.mark.parametrize("directive", ["connect-src", "form-action", "frame-src"])
def test_scripts_reach_their_own_server_and_no_other_path_of_the_host(
    directives, directive
):
    hosts = [s for s in directives[directive].split() if "://" in s]
    assert hosts
    for source in hosts:
        assert source.endswith("://enclave.example:8000/user/rikke/immune-index/")
    # 'self' would be the whole host: hub, portal, other projects of the same person.
    assert "'self'" not in directives[directive]


def test_websockets_are_covered(directives):
    assert "ws://enclave.example:8000/user" in directives["connect-src"]


def test_there_are_no_pop_ups_downloads_or_frames_around(directives):
    allowed = directives["sandbox"].split()
    assert not {"allow-popups", "allow-downloads", "allow-top-navigation"} & {*allowed}
    assert directives["frame-ancestors"] == "'none'"
    assert directives["object-src"] == directives["base-uri"] == "'none'"


def test_nothing_is_loaded_from_elsewhere(directives):
    for name, sources in directives.items():
        if name.endswith("-src"):
            for source in sources.split():
                assert (
                    source
                    in {
                        "'self'",
                        "'none'",
                        "'unsafe-inline'",
                        "'unsafe-eval'",
                        "data:",
                        "blob:",
                    }
                    or "://enclave.example:8000/" in source
                )
