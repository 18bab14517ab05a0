"""What an opened segment holds on to."""

import gc
import weakref

import duckdb
import numpy as np

from tests.builders.cohort import a_person, an_event
from tests.builders.index import an_index


def test_files_are_closed_with_the_last_use_of_a_segment(tmp_path):
    people, events = [a_person(1)], [an_event(1, "DE110")]
    index = an_index(people, events, tmp_path, duckdb.connect())
    segment = weakref.ref(index.segments[0])

    gc.disable()  # it would come some time, and the files are many
    try:
        del index
        assert segment() is None
    finally:
        gc.enable()


def test_codes_that_only_somebody_unknown_has_are_a_list_of_nothing(tmp_path):
    events = [
        an_event(2, "DE110", table="lab", value=1.5),
        an_event(1, "DE111", table="lab", value=2.5),
        an_event(2, "DE112", table="lab", value=3.5),
    ]
    [segment] = an_index([a_person(1)], events, tmp_path, duckdb.connect()).segments

    segment.check(np.arange(3))

    assert segment.manifest.orphans == 2
    assert [*segment.persons(range(3)).bitmap] == [0]
    assert [len(segment.persons(range(n, n + 1))) for n in range(3)] == [0, 1, 0]
