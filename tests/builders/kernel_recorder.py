"""Who records what kernels do: a Unix socket that answers as a test says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any


@dataclass
class Recorder:
    """Where it answers, what it was asked, and which status it gives."""

    path: Path
    asked: list[tuple[str, Any]] = field(default_factory=list)
    answer: Callable[[Any], int] = lambda _: 204


@contextmanager
def recording(path: Path) -> Iterator[Recorder]:
    """Answer at a path until the block ends."""
    recorder = Recorder(path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            document = json.loads(self.rfile.read(length))
            recorder.asked.append((self.path, document))
            # As the relay of a workspace.
            self.send_response(413 if length > 64 << 10 else recorder.answer(document))
            self.end_headers()

        def log_message(self, *_):
            pass

        def address_string(self):
            return "a socket"

    with UnixStreamServer(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield recorder
        server.shutdown()
