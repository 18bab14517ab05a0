"""A kernel of a workspace, reached over its WebSocket as a page does."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import websocket


class Kernel:
    """A kernel, reached over its websocket."""

    def __init__(self, channel: websocket.WebSocket) -> None:
        self._channel = channel

    def run(self, code: str) -> str:
        """Return what code printed, and the name of the error that ended it."""
        return "".join(self._say(code))

    def tried(self, attempt: str) -> str:
        """Return the error of an attempt, or that it went well."""
        lines = "\n".join(f"    {line}" for line in attempt.splitlines())
        return self.run(
            f"try:\n{lines}\nexcept BaseException as error:\n"
            "    print('refused', type(error).__name__, error)\n"
            "else:\n    print('open')"
        )

    def _say(self, code: str) -> Iterator[str]:
        request = _execute_request(code)
        self._channel.send(json.dumps(request))
        while True:
            message = json.loads(self._channel.recv())
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                yield content["text"]
            elif kind == "error":
                yield f"{content['ename']}: {content['evalue']}\n"
            elif content.get("execution_state") == "idle":
                return


def _execute_request(code: str) -> dict[str, Any]:
    return {
        "header": {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": "test",
            "version": "5.3",
            "date": "",
        },
        "parent_header": {},
        "metadata": {},
        "content": {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
        },
        "channel": "shell",
        "buffers": [],
    }
