"""A newer load does not answer questions at once."""

from datetime import UTC, datetime, timedelta

import pytest

from enclave.disclosure.policy import policy
from enclave.errors import NotFoundError
from enclave.feasibility.release import released_snapshot
from enclave.warehouse.manifest import (
    LeftOut,
    MappingReference,
    SnapshotManifest,
    SourceReference,
)


FIRST = datetime(2026, 1, 1, 3, tzinfo=UTC)


def _loaded(number, *, day=0, mapping="synthetic", opt_outs=0):
    return SnapshotManifest(
        number=number,
        created=FIRST + timedelta(days=day),
        software="0.1.0",
        mapping=MappingReference(name=mapping, version=1, digest="d"),
        source=SourceReference(place="source", fingerprint=None),
        tables={},
        problems=(),
        catalogue="c",
        opted_out=LeftOut(entry=opt_outs, persons=0) if opt_outs else None,
    )


@pytest.mark.parametrize(
    ("loads", "released"),
    [
        ([_loaded(1)], 1),
        ([_loaded(1), _loaded(2, day=1)], 1),
        ([_loaded(1), _loaded(2, day=89)], 1),
        ([_loaded(1), _loaded(2, day=90)], 2),
        ([_loaded(1), _loaded(2, day=60), _loaded(3, day=120)], 3),
        ([_loaded(1), _loaded(2, day=90), _loaded(3, day=120)], 2),
        ([_loaded(n, day=n) for n in range(1, 92)], 91),
        ([_loaded(n, day=n) for n in range(1, 181)], 91),
        ([_loaded(1), _loaded(2, day=1, mapping="omop")], 2),
        ([_loaded(1), _loaded(2, day=1, mapping="omop"), _loaded(3, day=2)], 3),
        ([_loaded(1), _loaded(2, day=1, opt_outs=3)], 2),
        ([_loaded(n, day=n, opt_outs=3) for n in range(1, 91)], 1),
        ([_loaded(1, opt_outs=3), _loaded(2, day=1, opt_outs=4)], 2),
    ],
)
def test_released_snapshot(loads, released):
    assert released_snapshot(loads, policy()) == released


def test_daily_loads_give_at_most_five_samples_a_year():
    loads = [_loaded(day + 1, day=day) for day in range(365)]

    released = {released_snapshot(loads[: n + 1], policy()) for n in range(365)}

    assert len(released) == 5


def test_without_a_load_there_is_nothing():
    with pytest.raises(NotFoundError, match="enclave warehouse load"):
        released_snapshot([], policy())
