"""What an opened segment holds on to."""

import gc
import weakref

import duckdb

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
