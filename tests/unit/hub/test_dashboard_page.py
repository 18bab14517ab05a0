"""The page of the dashboards: it is what its sources say, and speaks Jupyter."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

from enclave_hub import dashboard
from enclave_widgets import markup


ROOT = Path(__file__).parents[3]
FOLDER = Path(dashboard.__file__).parent
STATIC = FOLDER / "jupyter" / "voila" / "templates" / "enclave" / "static"
MESSAGE = {
    "channel": "shell",
    "header": {"msg_id": "1", "msg_type": "comm_msg"},
    "parent_header": {},
    "metadata": {"version": "2.1.0"},
    "content": {"data": {"said": "Tæl, også \u2265 5"}},
}
PARTS = ("header", "parent_header", "metadata", "content")


def node(*command: str, **more) -> bytes:
    program = shutil.which("node")
    assert program is not None
    return subprocess.run(
        [program, *command], capture_output=True, check=True, **more
    ).stdout


@pytest.mark.skipif(
    not (ROOT / "node_modules" / "esbuild").exists(), reason="npm ci was not run"
)
def test_the_page_is_bundled_from_its_sources(tmp_path):
    npm = shutil.which("npm")
    assert npm is not None
    subprocess.run(
        [npm, "run", "--silent", "dashboard-page"],
        cwd=ROOT,
        env={**os.environ, "OUT": str(tmp_path)},
        capture_output=True,
        check=True,
    )

    for file in ("page.js", "page.css"):
        same = (tmp_path / file).read_bytes() == (STATIC / file).read_bytes()
        assert same, "Run make dashboard-page, and commit what it makes."


def test_of_html_in_labels_only_what_is_read_out_is_let_through():
    label = markup.label("Patients <b>", "Criterion 1 & 2")
    texts = [
        label,
        f"{label}<img src=x onerror=alert(1)>",
        label.replace("Criterion", "<script>"),
        label.replace('class="enc-unseen"', 'class="enc-unseen" onclick="x()"'),
    ]
    script = (
        f"import plainText from '{FOLDER / 'browser' / 'plain_text.js'}';"
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(plainText)))"
    )

    shown = node("--input-type=module", "-e", script, json.dumps(texts))

    passed, *others = json.loads(shown)
    assert passed == label
    assert not any("<" in other for other in others)


@pytest.mark.parametrize("buffers", [[], [b"a file", b"", bytes(range(256))]])
def test_messages_are_those_of_jupyter(buffers: list[bytes]):
    parts = [json.dumps(MESSAGE[name]).encode() for name in PARTS]
    packed = bytes(serialize_msg_to_ws_v1([*parts, *buffers], "shell"))
    script = Path(__file__).with_name("dashboard_messages.mjs")

    again = node(str(script), str(FOLDER / "browser" / "messages.js"), input=packed)

    channel, read = deserialize_msg_from_ws_v1(again)
    assert channel == "shell"
    assert [json.loads(part) for part in read[:4]] == [MESSAGE[name] for name in PARTS]
    assert [bytes(part) for part in read[4:]] == buffers
