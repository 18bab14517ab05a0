"""However questions follow upon each other, no more are composed than may be."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.disclosure.budget import MONTH, Asker, Occasion
from enclave.disclosure.ledger import Ledger
from enclave.errors import PolicyRefusal
from enclave.store.database import Database
from enclave.store.disclosure_tables import LedgerEntry
from enclave.store.schema import upgrade
from tests.builders.disclosure import START, rules


POLICY = rules(
    person_30_days=4,
    organisation_30_days=7,
    person_composed_30_days=2,
    organisation_composed_30_days=3,
)
STEP = st.tuples(
    st.sampled_from(["counted", "composed", "composed", "refused"]),
    st.integers(0, 2),
    st.integers(0, 9),
    st.integers(0, 12),
)
ORGANISATIONS = count()


@pytest.fixture(scope="module")
def database():
    # One for all examples, each of which has an organisation of its own.
    found = Database("sqlite://")
    upgrade(found)
    yield found
    found.dispose()


def _entries(database, organisation):
    with database.begin() as session:
        return [
            (entry.at, entry.account, entry.composed)
            for entry in session.query(LedgerEntry).filter_by(organisation=organisation)
        ]


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(STEP, min_size=8, max_size=25))
def test_no_sequence_of_questions_exceeds_the_bounds(database, steps):
    ledger = Ledger(database, POLICY)
    organisation, at = f"hospital-{next(ORGANISATIONS)}", START
    for kind, person, number, days in steps:
        at += timedelta(days=days)
        asker = Asker(f"{organisation}-{person}", organisation)
        occasion, composed = Occasion(asker, 1, at), kind != "counted"
        name = f"{organisation}-{number}-{composed}"
        try:
            if kind == "refused":
                ledger.take_refused(occasion, f"{name}-refused", composed=True)
            else:
                ledger.take(occasion, [name], composed=composed)
        except PolicyRefusal:
            continue

    entries = _entries(database, organisation)
    for end, *_ in entries:
        recent = [one for one in entries if end - MONTH < one[0] <= end]
        by_person = Counter((account, composed) for _, account, composed in recent)
        everybody = Counter(account for _, account, _ in recent)
        of_them = sum(composed for *_, composed in recent)
        assert len(recent) <= POLICY.organisation_30_days
        assert of_them <= POLICY.organisation_composed_30_days
        assert max(everybody.values()) <= POLICY.person_30_days
        composed = [n for (_, kind), n in by_person.items() if kind]
        assert max(composed, default=0) <= POLICY.person_composed_30_days
