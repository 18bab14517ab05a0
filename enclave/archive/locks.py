"""The lock files of who runs an analysis, runs it again, or destroys the data."""

from pathlib import Path

from enclave.settings import Settings


def lock_of_run(settings: Settings, content_key: str) -> Path:
    """Return the lock of running an analysis to archive it."""
    return settings.archive / ".locks" / content_key


def lock_of_rerun(settings: Settings, analysis_id: str, number: int) -> Path:
    """Return the lock of one re-run."""
    return settings.archive / ".locks" / f"{analysis_id}-{number}"


def lock_of_close_out(settings: Settings, slug: str) -> Path:
    """Return the lock of destroying the data of a project."""
    return settings.closed / f".{slug}.lock"
