"""A start of a kernel that is not recorded does not happen."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import UnixStreamServer

import pytest

from enclave.errors import HostError
from enclave_kernels.start_record import PATH, record_start


@pytest.fixture
def recorder(settings):
    """Answer one request with a status; tell what was asked."""
    settings.runtime.mkdir(exist_ok=True)
    path = settings.runtime / "r.sock"
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            asked.append((self.path, json.loads(self.rfile.read(length))))
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *_):
            pass

        def address_string(self):
            return "a socket"

    status = [204]
    with UnixStreamServer(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield path, status, asked
        server.shutdown()


def test_who_records_is_told_which_kernel(recorder):
    path, _, asked = recorder

    record_start(path, "python-2026.12")

    assert asked == [(PATH, {"kernel": "python-2026.12"})]


@pytest.mark.parametrize("answer", [200, 400, 403, 500])
def test_any_other_answer_is_no_record(recorder, answer):
    path, status, _ = recorder
    status[0] = answer

    with pytest.raises(HostError, match="could not be recorded, so it was not started"):
        record_start(path, "python-2026.12")


def test_nobody_there_is_no_record(tmp_path):
    with pytest.raises(HostError, match="Close this workspace and open it again"):
        record_start(tmp_path / "nobody.sock", "python-2026.12")
