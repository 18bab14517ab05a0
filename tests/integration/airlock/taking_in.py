"""What portal and worker do with own data, in processes that a test may kill."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

from enclave.airlock import ingress_jobs
from enclave.airlock.ingress import Ingress
from enclave.clock import Clock
from enclave.jobs.worker import Worker
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.projects import NOW


_PIECE = 16_384


def o_clock(minutes: int) -> Clock:
    """Stand at a time."""
    moment = NOW + timedelta(minutes=minutes)
    return lambda: moment


def receive(environment: Mapping[str, str], number: int, sent: Path) -> None:
    """Take a file in from where it was broken off, as a browser sends it."""
    settings = Settings.from_environment(environment)
    hand = Ingress(settings, Database(settings.database_url), number)
    content = sent.read_bytes()
    while (offset := hand.received) < len(content):
        hand.append(offset, content[offset : offset + _PIECE], actor="rikke")
    proof = hashlib.sha256(content).hexdigest()
    hand.complete(proof, actor="rikke", clock=o_clock(0))


def work(environment: Mapping[str, str], minutes: int) -> None:
    """Do what waits at a time."""
    settings = Settings.from_environment(environment)
    database, clock = Database(settings.database_url), o_clock(minutes)
    done = partial(ingress_jobs.carry_out, settings, database, clock=clock)
    worker = Worker(database, {ingress_jobs.JOB: done}, clock=clock)
    while worker.run_one() is not None:
        pass
