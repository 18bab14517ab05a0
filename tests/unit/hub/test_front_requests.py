"""What passes to the server of a workspace, decided before it is asked."""

import pytest

from enclave.errors import PolicyRefusal
from enclave_hub.front.requests import passing


KERNEL = "0a1b2c3d-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "lab"),
        ("GET", "lab/tree/work/my%20notebook.ipynb"),
        ("GET", "lab/workspaces/auto-x/tree/work"),
        ("GET", "static/lab/main.1234.js"),
        ("GET", "lab/extensions/enclave-workspace/static/remoteEntry.js"),
        ("PUT", "lab/api/settings/@jupyterlab/apputils-extension:themes"),
        ("GET", "api/contents/work/a.ipynb"),
        ("PUT", "api/contents/work/a.ipynb"),
        ("POST", "api/contents/work/a.ipynb/checkpoints"),
        ("GET", f"api/kernels/{KERNEL}/channels"),
        ("POST", f"api/kernels/{KERNEL}/interrupt"),
        ("DELETE", f"api/sessions/{KERNEL}"),
    ],
)
def test_what_jupyterlab_needs_passes(method, path):
    assert passing(method, path, "").path.startswith(path)


@pytest.mark.parametrize(
    "path",
    [
        "files/work/a.csv",
        "files/work/a.csv?download=1",
        "nbconvert/html/work/a.ipynb",
        "view/work/a.html",
        "api/nbconvert",
        "terminals/1",
        "terminals/websocket/1",
        "api/terminals",
        "lsp/ws/python",
        "lsp/status",
        "voila/render/work/a.ipynb",
        "proxy/8080/",
        "lab/api/extensions",
        "lab/api/plugins",
        "lab/api/news",
        "api/shutdown",
        "api/security/csp-report",
        "metrics",
        "logout",
        "oauth_callback",
        "login",
        "custom/custom.css",
        "service-worker.js",
        "",
        "tree",
        "what-a-later-version-brings",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_else_passes(method, path):
    with pytest.raises(PolicyRefusal):
        passing(method, path, "")


@pytest.mark.parametrize(
    "path",
    [
        "static/../files/a.csv",
        "static/%2e%2e/files/a.csv",
        "static/..%2ffiles/a.csv",
        "lab//files/a.csv",
        "api/contents/work%2Fa.csv",
        "api/contents/work/%00",
        "api/contents/work\\a.csv",
        "api/contents/work%5ca.csv",
        "static/%252e%252e%2ffiles",
    ],
)
def test_a_path_that_is_not_plain_does_not_pass(path):
    with pytest.raises(PolicyRefusal):
        passing("GET", path, "")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND"])
def test_other_methods_do_not_pass(method):
    with pytest.raises(PolicyRefusal):
        passing(method, "api/contents", "")


@pytest.mark.parametrize(
    ("path", "query", "asked"),
    [
        # A text is read as one.
        ("api/contents/a.ipynb", "content=1&type=notebook", "content=1&type=notebook"),
        ("api/contents/A.PY", "type=file&format=text", "type=file&format=text"),
        # About a file, and not what is in it.
        ("api/contents/a.csv", "content=0&hash=1", "content=0&hash=1"),
        # Everything else may be a folder, and nothing but a folder.
        ("api/contents/a.csv", "", "type=directory"),
        ("api/contents/a.csv", "type=file&format=text", "type=directory"),
        ("api/contents/data", "content=1", "content=1&type=directory"),
        ("api/contents/a.parquet", "type=file&format=base64", "type=directory"),
        ("api/contents/a.png", "type=file&format=base64", "type=directory"),
        ("api/contents/a.py", "type=file&format=base64", "type=directory"),
        ("api/contents/py", "type=file", "type=directory"),
        # The last of two counts for us; what is passed on holds one.
        (
            "api/contents/a.csv",
            "content=0&content=1",
            "content=0&content=1&type=directory",
        ),
    ],
)
def test_raw_contents_are_not_asked_for(path, query, asked):
    looked = passing("GET", path, query).path
    assert looked == f"{path}?{asked}&no_track_activity=1"


def test_what_a_page_asks_by_itself_is_no_use_of_the_workspace():
    for path in ("api/kernels", "api/sessions", "api/contents/work"):
        assert "no_track_activity=1" in passing("GET", path, "1764").path
    assert passing("POST", "api/kernels", "").path == "api/kernels"
    layout = "lab/api/workspaces/default"
    assert passing("PUT", layout, "").path == f"{layout}?no_track_activity=1"
    channels = "api/kernels/0f0e0d0c-0000-4000-8000-000000000000/channels"
    assert passing("GET", channels, "session_id=x").path == f"{channels}?session_id=x"


def test_a_token_in_the_address_is_not_passed_on():
    assert passing("GET", "lab", "token=abc&reset").path == "lab?reset="


def test_which_answers_are_pages_programs_and_sockets():
    assert passing("GET", "lab/tree/work", "").page
    assert passing("GET", "static/lab/main.js", "").program
    assert passing("GET", f"api/kernels/{KERNEL}/channels", "").socket
    contents = passing("GET", "api/contents/a.ipynb", "")
    assert not any((contents.page, contents.program, contents.socket))
