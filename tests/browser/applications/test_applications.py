"""Six people take a project from a counted question to its data and an amendment.

In both languages, through pages alone: what a person cannot press here did not happen.
"""

from functools import partial
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from enclave.delivery import deliver
from enclave.jobs.states import JobState
from enclave.jobs.worker import Worker, silent
from enclave.settings import Settings
from enclave.store.database import Database
from tests.browser.applications.amendment import amend, let_in
from tests.browser.applications.data_request import open_delivery, request, request_more
from tests.browser.applications.desk import Pages
from tests.browser.applications.proposal import propose, review


pytestmark = pytest.mark.browser


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "da"])
def test_six_people_from_a_question_to_data_and_an_amendment(
    desk: Pages, settings: Settings, database: Database, language: str
):
    propose(desk)
    review(desk, language)
    request(desk)
    first = _deliver(settings, database)
    open_delivery(desk, 2, language)
    amend(desk, language)
    request_more(desk)
    second = _deliver(settings, database)
    open_delivery(desk, 4, language)
    _changed_what_is_delivered(first, second)
    let_in(desk, database, language)
    _look_around(desk)


def _deliver(settings: Settings, database: Database) -> Path:
    """Let a worker deliver what was agreed; return the folder of its tables."""
    there = {*settings.deliveries.rglob("lab.parquet")}
    hand = Worker(
        database, {deliver.JOB: silent(partial(deliver.carry_out, settings, database))}
    )
    outcome = hand.run_one()
    assert outcome is not None
    assert outcome.state is JobState.DONE
    (made,) = {*settings.deliveries.rglob("lab.parquet")} - there
    return made.parent


def _changed_what_is_delivered(first: Path, second: Path) -> None:
    """The added years are there, of the same persons; the first delivery stays."""
    before, after = (pq.read_table(one / "lab.parquet") for one in (first, second))
    assert pc.max(before["date"]).as_py().year == 2011
    assert pc.max(after["date"]).as_py().year == 2013
    assert after.num_rows > before.num_rows > 0
    earlier = {*map(tuple, map(dict.values, before.to_pylist()))}
    assert earlier < {*map(tuple, map(dict.values, after.to_pylist()))}


def _look_around(desk: Pages) -> None:
    for path in ("/register", "/guidance", "/notices", "/digest", "/"):
        desk("rikke").go(path).check(path.strip("/") or "home")
