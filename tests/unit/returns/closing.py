"""Orders and destroys in children that are killed: HOME SLUG PLAN NOW.

A line with a number of seconds starts a child, which lives no longer than that.
"""

import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

from enclave.returns.close_out.destruction import carry_out
from enclave.returns.close_out.ordering import Order, order
from enclave.settings import Settings
from enclave.store.database import Database


def destroy(home: str, slug: str, plan: str, moment: str) -> None:
    settings, now = Settings.at(Path(home)), datetime.fromisoformat(moment)
    database = Database(settings.database_url)
    wanted = Order(slug, plan, "The study is published, and all is returned.", {})
    with database.begin() as session:
        order(session, wanted, actor="karen", clock=lambda: now)
    carry_out(settings, database, slug, actor="karen", clock=lambda: now)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            destroy(*sys.argv[1:])
            os._exit(0)
        time.sleep(float(line))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        sys.stdout.write("killed\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
