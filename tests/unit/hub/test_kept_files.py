"""Browsers keep what cannot change, and ask again for all else."""

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from enclave_hub.dashboard.kept_files import KeptFiles, kept_folder


BELOW = "/services/feasibility/voila"


def headers_of(path: str, status: int = 200) -> HTTPHeaders:
    start = RequestStartLine("GET", path, "HTTP/1.1")
    asked = HTTPServerRequest(start_line=start, headers=HTTPHeaders(Host="hub"))
    kept = KeptFiles(asked)
    return kept.transform_first_chunk(status, HTTPHeaders(), b"", finishing=True)[1]


@pytest.mark.parametrize(
    "path",
    [
        "/labextensions/@a/b/static/remoteEntry.be18471aaf567c023b03.js",
        "/labextensions/@a/b/static/883.369fbd92285483263252.js?v=369fbd92",
        "/templates/enclave/static/index.css?v=ee8de085778696b327a178e9",
    ],
)
def test_a_file_named_by_its_digest_is_kept(path: str):
    assert "immutable" in headers_of(BELOW + path)["Cache-Control"]
    assert "Cache-Control" not in headers_of(BELOW + path, 404)


@pytest.mark.parametrize(
    "path", ["/static/voila.js", "/labextensions/a/static/style.js", "/../api/kernels"]
)
def test_all_else_is_asked_for_again(path: str):
    assert "Cache-Control" not in headers_of(BELOW + path)


def test_scripts_whose_names_say_nothing_lie_below_what_they_hold(tmp_path):
    (tmp_path / "a.js").write_text("1")
    first, again = kept_folder([tmp_path]), kept_folder([tmp_path])
    (tmp_path / "a.js").write_text("2")
    later = kept_folder([tmp_path])

    assert first == again
    assert first != later
    address = f"/services/feasibility/{first}/5764.voila.js"
    assert "immutable" in headers_of(address)["Cache-Control"]
    assert "Cache-Control" not in headers_of(address, 404)
