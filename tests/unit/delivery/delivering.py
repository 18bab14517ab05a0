"""Deliver grants in a process of its own, for tests that kill it.

usage: delivering.py HOME NOW

Says ``ready``, then delivers each grant that is named on a line of its input.
"""

import sys
from datetime import datetime
from pathlib import Path

from enclave.delivery.deliver import deliver
from enclave.settings import Settings
from enclave.store.database import Database


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(home: str, now: str) -> None:
    settings = Settings.at(Path(home))
    database = Database(settings.database_url)
    moment = datetime.fromisoformat(now)
    say("ready")
    for line in sys.stdin:
        delivery = deliver(settings, database, line.strip(), clock=lambda: moment)
        say(f"version {delivery.version}")


if __name__ == "__main__":
    main(*sys.argv[1:])
