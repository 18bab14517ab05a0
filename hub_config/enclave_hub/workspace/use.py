"""Inside the server of a workspace: whether it is used, and until when it is open."""

import os
from typing import Any

from jupyter_server._tz import utcnow
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.ioloop import PeriodicCallback


_LOOK_AT_KERNELS = 20_000  # milliseconds


class IdleHandler(APIHandler):
    """``GET enclave/idle``: seconds until the end. ``POST``: somebody is here."""

    _track_activity = False  # to ask is not to use

    @web.authenticated
    def get(self) -> None:
        """Say when the workspace closes if nobody uses it."""
        unused = utcnow() - self.application.last_activity()  # type: ignore[attr-defined]
        self.finish(
            {
                "closes_in": float(os.environ["ENCLAVE_IDLE_SECONDS"])
                - unused.total_seconds(),
                "warning": float(os.environ["ENCLAVE_IDLE_WARNING"]),
            }
        )

    @web.authenticated
    def post(self) -> None:
        """Take note that the workspace is used."""
        self.settings["api_last_activity"] = utcnow()
        self.finish({})


def watch_kernels(app: Any) -> PeriodicCallback:
    """Take a kernel that works for use of the workspace, though it says nothing."""

    def look() -> None:
        kernels = app.kernel_manager
        states = [kernels.get_kernel(one) for one in kernels.list_kernel_ids()]
        if any(getattr(one, "execution_state", "") == "busy" for one in states):
            times = app.web_app.settings["last_activity_times"]
            times["kernels_at_work"] = utcnow()

    watching = PeriodicCallback(look, _LOOK_AT_KERNELS)
    watching.start()
    return watching
