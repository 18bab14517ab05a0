"""What the commands share: the installation's database, opened and closed."""

from collections.abc import Iterator
from contextlib import contextmanager

from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the application database, bring it to the current schema, and close it."""
    settings.claim_home()
    database = Database(settings.database_url)
    try:
        upgrade(database)
        yield database
    finally:
        database.dispose()
