"""What is shown is counted on, whatever happens to one write."""

import asyncio

from sqlalchemy import text

from enclave.display import egress
from enclave.store.display_tables import DisplayEgress
from enclave_hub.front.meter import Meter
from tests.builders.projects import cast, project


TABLE = DisplayEgress.__tablename__


def _rename(database, old, new):
    with database.begin() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def _until(happened):
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.01)


def test_a_write_that_fails_loses_nothing_and_is_tried_again(database, caplog):
    cast(database)
    project(database)
    meter = Meter(database)

    def report():
        with database.begin() as session:
            return [(d.person, d.bytes, d.answers) for d in egress.report(session)]

    async def fail_once():
        _rename(database, TABLE, "out_of_reach")
        meter.count("rikke", "demo", 100)
        writing = asyncio.create_task(meter.keep_writing(0.05))
        await _until(lambda: caplog.records or writing.done())
        meter.count("rikke", "demo", 20)
        _rename(database, "out_of_reach", TABLE)
        await _until(lambda: report() or writing.done())
        # The second may have come after a write that held only the first.
        await _until(lambda: report() == [("rikke", 120, 2)] or writing.done())
        writing.cancel()

    asyncio.run(fail_once())

    assert report() == [("rikke", 120, 2)]
    assert "could not be written down" in caplog.text
    assert "rikke" not in caplog.text
