"""What Alembic runs; :func:`enclave.store.schema.upgrade` gives the connection."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from enclave.store.schema import every_table


def in_plain_types(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Write a type of ours as what it is in the database.

    A migration must read the same when the code that it was written for is gone.
    """
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=every_table(),
    # SQLite cannot change a table in place: Alembic makes a new one and copies.
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=in_plain_types,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
