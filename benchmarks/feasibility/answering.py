"""The whole answer: over HTTP, through gate, ledger and audit log.

The portal lets answers leave at the end of a time slot, whatever they say. Here the
slots are taken out, so that the work inside them can be seen.
"""

import asyncio
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn

from enclave.cli.installation import open_database
from enclave.cohort.question import (
    AgeRange,
    AllOf,
    CodeList,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.portal import visit
from enclave.portal.app import create_app
from enclave.portal.feasibility import slot
from enclave.projects.demo import register_demo_people
from enclave.settings import Settings
from enclave.store.database import Database
from enclave_widgets.client import PREFIX, PortalClient


ACCOUNT = "rikke"
CATEGORIES = ("DE11", "DI10", "DC50", "DA00", "DB02", "DC04", "DD06", "DF08")


def times(home: Settings) -> np.ndarray:
    """Ask new questions until the budget is used up; return seconds of each answer."""
    slot.wait_seconds = lambda *_: 0.0
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        # A database of its own, in which nobody has used up a budget.
        fresh = Settings.at(
            home.home, runtime=folder, database_url=f"sqlite:///{folder}/asked.db"
        )
        with open_database(fresh) as database:
            with database.begin() as session:
                register_demo_people(session)
            return _served(fresh, database)


def _served(home: Settings, database: Database) -> np.ndarray:
    socket = Path(home.runtime) / "bench.sock"
    app = create_app(home, database, lambda _: None, PREFIX)
    server = uvicorn.Server(uvicorn.Config(app, uds=str(socket), log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        return asyncio.run(_ask(str(socket), visit.issue(home, ACCOUNT)))
    finally:
        server.should_exit = True
        thread.join()


async def _ask(socket: str, token: str) -> np.ndarray:
    client = PortalClient(socket=socket, token=token)
    taken = []
    for asked in _questions():
        begun = time.perf_counter()
        await client.count(asked)
        taken.append(time.perf_counter() - begun)
    await client.close()
    # The first one opens the index.
    return np.array(taken[1:])


def _questions() -> list[Question]:
    """Return forty different questions that the open tier answers."""
    events = [
        EventCriterion(codes=CodeList.of("SKS", f"{code}*")) for code in CATEGORIES
    ]
    metformin = EventCriterion(codes=CodeList.of("ATC", "A10BA*"))
    adults = Population(age=AgeRange(minimum=18, maximum=64, at="index"))
    found = []
    for one in events:
        for other in events[: 5 if one is not events[4] else 6]:
            if other is one:
                continue
            found.append(
                Question(
                    population=adults,
                    index=one,
                    criteria=(
                        Within(criterion=metformin, from_days=0, to_days=365),
                        Not(criterion=AllOf(criteria=(other,))),
                    ),
                )
            )
    return found[:40]
