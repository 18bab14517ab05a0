"""What killed processes and broken transactions left of returned data is removed."""

from sqlalchemy import select

from enclave import durable
from enclave.lock import exclusive
from enclave.returns import scratch
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.return_tables import ReturnedDataset


def sweep(settings: Settings, database: Database) -> int:
    """Remove what was on its way, and files of no dataset; return how many folders."""
    return scratch.sweep(settings) + _unrecorded(settings, database)


def _unrecorded(settings: Settings, database: Database) -> int:
    incoming = settings.returns / "incoming"
    if not incoming.is_dir():
        return 0
    # As the desk does: nobody is between files and record meanwhile.
    with exclusive(settings.returns / ".lock"):
        durable.sweep_partials(incoming)
        with database.begin() as session:
            known = set(map(str, session.scalars(select(ReturnedDataset.id))))
        stray = [one for one in incoming.iterdir() if one.name not in known]
        for one in stray:
            durable.shred_tree(one)
    return len(stray)
