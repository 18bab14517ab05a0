"""An index over rows by hand, without a warehouse around it."""

from datetime import date, timedelta

from enclave import durable
from enclave.feasibility.index.building import write_segment
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.persons import (
    Persons,
    write_persons,
)
from enclave.feasibility.index.segment import Segment
from tests.builders.cohort import a_snapshot


def an_index(persons, events, folder, connection, *, split=False):
    """Build and open the index of these rows.

    Parameters
    ----------
    connection
        To an engine of its own.
    split
        True for two segments per table, as after a daily load.
    """
    connection.execute("DROP VIEW IF EXISTS events")
    engine = a_snapshot(persons, events, connection)
    engine.execute("CREATE OR REPLACE TABLE every_event AS FROM events")
    engine.execute("DROP TABLE events")
    with durable.NewFiles() as files:
        name, ordinals = write_persons(engine, folder, files)
    segments = []
    for table in sorted({event["table"] for event in events}):
        for part in range(1 + split):
            engine.execute(
                "CREATE OR REPLACE VIEW events AS FROM every_event"
                f" WHERE \"table\" = '{table}' AND code IS NOT NULL"
                f" AND rowid % {1 + split} = {part}"
            )
            place = folder / "segments" / f"{table}-{part}"
            place.parent.mkdir(exist_ok=True)
            write_segment(engine, place, table, ordinals)
            segments.append(Segment(place))
    engine.execute("DROP VIEW IF EXISTS events")
    return Index(Persons.read(folder / "persons" / name), segments)


def cohort_of(found, keys):
    """Write what an index found with person keys, which ascend, and dates."""
    return {
        keys[ordinal]: None
        if found.first is None
        else date(1970, 1, 1) + timedelta(days=int(found.first[ordinal]))
        for ordinal in found.persons
    }
