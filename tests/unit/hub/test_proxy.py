"""What the proxy is told about sockets."""

import json
import shutil
import subprocess

import pytest

from enclave_hub.configuration import PACKAGE, proxy_command
from enclave_hub.proxy import without_port


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("http+unix://%2Frun%2Fa%2Fs.sock:80", "http+unix://%2Frun%2Fa%2Fs.sock"),
        (
            "http+unix://%2Frun%2Fa.sock:80/user/x/",
            "http+unix://%2Frun%2Fa.sock/user/x/",
        ),
        ("http+unix://%2Frun%2Fa.sock", "http+unix://%2Frun%2Fa.sock"),
        ("http://127.0.0.1:8101", "http://127.0.0.1:8101"),
        ("http://host:80/http+unix://x:80", "http://host:80/http+unix://x:80"),
    ],
)
def test_a_socket_is_named_without_a_port(given, told):
    assert without_port(given) == told


def test_the_proxy_is_the_locked_one():
    lock = json.loads((PACKAGE.parents[1] / "package-lock.json").read_text())
    locked = lock["packages"]["node_modules/configurable-http-proxy"]["version"]
    shown = subprocess.run(
        [*proxy_command(), "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == locked == "5.3.0"


def test_a_request_with_a_body_keeps_its_connection_to_a_socket(tmp_path):
    """The answer to a POST must not be lost because the server was fast to close."""
    script = tmp_path / "client.cjs"
    script.write_text(
        """
        const http = require("node:http");
        const server = http.createServer((request, response) => {
          response.end(request.headers.connection);
        });
        server.listen(process.argv[2], () => {
          const options = {
            socketPath: process.argv[2], method: "POST", path: "/", agent: false,
            headers: { connection: "close" },
          };
          http.request(options, (response) => {
            response.on("data", (data) => process.stdout.write(data));
            response.on("end", () => process.exit(0));
          }).end("{}");
        });
        """
    )
    node = shutil.which("node")
    assert node is not None
    preload = ["--require", str(PACKAGE / "proxy_keep_alive.cjs")]
    socket = str(tmp_path / "s.sock")
    plain, kept = (
        subprocess.run(
            [node, *options, str(script), f"{socket}{number}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for number, options in enumerate(([], preload))
    )
    assert (plain, kept) == ("close", "keep-alive")
