"""On a Dask cluster whose every process is killed at random, each request is done once.

``ENCLAVE_RERUN_KILLS`` and ``ENCLAVE_RERUN_REQUESTS`` say how often and how many; the
long run is ``make rerun-kill``.
"""

import os
import sys
import time
from collections import Counter, defaultdict

import numpy as np
import pytest

from enclave.archive.certificate import verify_file
from enclave.archive.rerun import CERTIFICATE, RUN, folder_of
from enclave.canonical import digest
from enclave.store.archive_tables import Rerun
from enclave.store.job_tables import Job
from tests.builders.dask_cluster import Site, wait_for, watched


pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(7200)]

KILLS = int(os.environ.get("ENCLAVE_RERUN_KILLS", "3"))
REQUESTS = int(os.environ.get("ENCLAVE_RERUN_REQUESTS", "2"))
KEYS = [f"journal-{number}" for number in range(REQUESTS)]
SEED = int(os.environ.get("ENCLAVE_RERUN_SEED", "20261127"))


def test_no_kill_loses_a_request_or_has_one_done_twice(archive, analysis, tmp_path):
    executed = defaultdict(set)

    def look() -> None:
        for number in range(1, REQUESTS + 1):
            run = folder_of(archive.settings, analysis.id, number) / RUN
            if run.exists():
                executed[number].add(run.stat().st_ino)

    with Site(archive.settings, tmp_path) as site, watched(look):
        killed = _ask_and_kill(site, analysis)
        given_up: set[int] = set()
        wait_for(lambda: _all_done(site, given_up), seconds=60 + 60 * REQUESTS)
        told = f"seed {SEED}, killed {killed}:\n{site.log()[-4000:]}"

    with archive.database.begin() as session:
        done = session.query(Rerun).order_by(Rerun.number).all()
        attempts = Counter(session.scalars(session.query(Job.attempts).statement))
    assert {one.key for one in done} == {f"karen:{key}" for key in KEYS}, told
    assert {one.verdict for one in done} == {"identical"}, told
    once = dict.fromkeys(range(1, REQUESTS + 1), 1)
    assert {number: len(seen) for number, seen in executed.items()} == once, told
    assert len(archive.audited("rerun.complete")) == REQUESTS
    for one in done:
        folder = folder_of(archive.settings, analysis.id, one.number)
        certificate = verify_file(folder / CERTIFICATE)
        assert digest(certificate.model_dump(mode="json")) == one.certificate_digest
    assert list(archive.settings.archive.rglob(".partial-*")) == []
    sys.stdout.write(
        f"{REQUESTS} requests, {KILLS} kills {dict(Counter(killed))}; attempts per job"
        f" {dict(attempts)}; given up and asked for again: {len(given_up)}\n"
    )


def _ask_and_kill(site: Site, analysis) -> list[str]:
    """Ask through the portal, and kill whom chance names; return those."""
    random = np.random.default_rng(SEED)
    killed = []
    for moment in range(max(KILLS, REQUESTS)):
        if moment < REQUESTS:
            wanted = {"analysis": analysis.id, "key": KEYS[moment]}
            answer = site.ask("POST", "/api/reruns", "karen", json=wanted)
            assert answer.status_code == 201, answer.text
        if moment < KILLS:
            # A kill that hits nothing at work shows nothing.
            wait_for(lambda: _running_or_done(site))
            time.sleep(float(random.uniform(0, 4)))
            killed.append(str(random.choice(site.names)))
            site.kill(killed[-1])
    return killed


def _running_or_done(site: Site) -> bool:
    listed = site.ask("GET", "/api/reruns", "karen").json()["reruns"]
    states = {one["state"] for one in listed}
    return "running" in states or states == {"done"}


def _all_done(site: Site, given_up: set[int]) -> bool:
    """Ask again for what was given up, as a person would; say whether all is done."""
    listed = site.ask("GET", "/api/reruns", "karen").json()["reruns"]
    for one in listed:
        if one["state"] == "failed":
            given_up.add(one["number"])
            key = one["key"].removeprefix("karen:")
            wanted = {"analysis": one["analysis"], "key": key}
            site.ask("POST", "/api/reruns", "karen", json=wanted)
    return {one["state"] for one in listed} == {"done"}
