"""Alembic migrations: how a database of an older version becomes a current one."""
