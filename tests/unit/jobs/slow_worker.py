"""A worker in a process of its own, for tests that kill or stop it.

usage: slow_worker.py HOME EFFECTS SECONDS

Its handler works for SECONDS and then has its effect: a file named after the job, which
is made only if it is not there.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

from enclave.jobs.worker import Worker
from enclave.settings import Settings
from enclave.store.database import Database


def main(home: str, effects: str, seconds: str) -> None:
    database = Database(Settings.at(Path(home)).database_url)

    def handle(payload, _course):
        name = payload["name"]
        (Path(effects) / f"{name}.started-{time.monotonic_ns()}").touch()
        time.sleep(float(seconds))
        try:
            (Path(effects) / name).touch(exist_ok=False)
        except FileExistsError:
            (Path(effects) / f"{name}.doubled").touch()
        return {"seconds": float(seconds)}

    worker = Worker(database, {"slow": handle}, lease=timedelta(seconds=2))
    while True:
        outcome = worker.run_one()
        if outcome:
            sys.stdout.write(f"{outcome.state} {outcome.message}\n")
            sys.stdout.flush()
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
