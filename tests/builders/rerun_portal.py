"""A portal in a process of its own, to be killed: ``rerun_portal.py HOME PORT``.

The cookie ``who`` names the person who signed in.
"""

import os
import sys

import uvicorn

from enclave.portal.app import create_app
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import PREFIX, by_cookie


def main(port: str) -> None:
    settings = Settings.from_environment(os.environ)
    app = create_app(settings, Database(settings.database_url), by_cookie, PREFIX)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
