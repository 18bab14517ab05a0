"""Scripts of the dashboards travel compressed; pages and answers do not."""

import asyncio
import gzip

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler, StaticFileHandler

from enclave_hub.dashboard.compressed_files import CompressedFiles


SCRIPT = b"export const patients = 'counted with care';\n" * 9000


class Page(RequestHandler):
    def get(self) -> None:
        self.write("<p>a page</p>" * 500)


@pytest.fixture
def fetch(tmp_path):
    (tmp_path / "large.js").write_bytes(SCRIPT)
    (tmp_path / "small.js").write_bytes(b"1")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" + b"0" * 5000)

    async def fetched(*asked: tuple[str, dict[str, str]]) -> list[HTTPResponse]:
        files = {"path": str(tmp_path)}
        app = Application(
            [(r"/x/voila/static/(.*)", StaticFileHandler, files), (r"/x/", Page)]
        )
        app.add_transform(CompressedFiles)
        socket, port = bind_unused_port()
        server = HTTPServer(app)
        server.add_socket(socket)
        client = AsyncHTTPClient(force_instance=True)
        try:
            return [
                await client.fetch(
                    f"http://127.0.0.1:{port}/x/{path}",
                    headers=headers,
                    decompress_response=False,
                    raise_error=False,
                )
                for path, headers in asked
            ]
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()

    return lambda *asked: asyncio.run(fetched(*asked))


ZIP = {"Accept-Encoding": "gzip, deflate"}


def test_a_script_is_sent_compressed_the_first_time_and_later(fetch):
    first, second = fetch(*[("voila/static/large.js", ZIP)] * 2)

    for answer in (first, second):
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert len(answer.body) < len(SCRIPT) / 20
        assert gzip.decompress(answer.body) == SCRIPT
    # The second time it was compressed already.
    assert int(second.headers["Content-Length"]) == len(second.body)


def test_what_the_browser_has_is_not_sent_again(fetch):
    first, *_ = fetch(("voila/static/large.js", ZIP))
    again, *_ = fetch(
        ("voila/static/large.js", ZIP | {"If-None-Match": first.headers["Etag"]})
    )

    assert again.code == 304
    assert not again.body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("voila/static/large.js", {}),
        ("voila/static/large.js", ZIP | {"Range": "bytes=5-9"}),
        ("voila/static/small.js", ZIP),
        ("voila/static/picture.png", ZIP),
        ("voila/static/missing.js", ZIP),
        ("", ZIP),
    ],
    ids=["not asked for", "a part", "small", "a picture", "missing", "a page"],
)
def test_everything_else_is_sent_as_it_is(fetch, path, headers):
    # Also when it was compressed for somebody else before.
    _, answer = fetch(("voila/static/large.js", ZIP), (path, headers))

    assert "Content-Encoding" not in answer.headers
    if headers == {}:
        assert answer.body == SCRIPT
