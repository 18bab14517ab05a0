"""Browsers keep what cannot change, and ask again for all else."""

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from enclave_hub.dashboard.kept_files import KeptFiles


BELOW = "/services/feasibility/voila"


def headers_of(path: str, status: int = 200) -> HTTPHeaders:
    start = RequestStartLine("GET", path, "HTTP/1.1")
    asked = HTTPServerRequest(start_line=start, headers=HTTPHeaders(Host="hub"))
    kept = KeptFiles(asked)
    return kept.transform_first_chunk(status, HTTPHeaders(), b"", finishing=True)[1]


def test_a_file_whose_address_says_what_it_holds_is_kept():
    path = "/templates/enclave/static/page.js?v=ee8de085778696b327a178e9"

    assert "immutable" in headers_of(BELOW + path)["Cache-Control"]
    assert "Cache-Control" not in headers_of(BELOW + path, 404)


@pytest.mark.parametrize(
    "path", ["/static/voila.js", "/templates/enclave/static/page.js", "/../api/kernels"]
)
def test_all_else_is_asked_for_again(path: str):
    assert "Cache-Control" not in headers_of(BELOW + path)
