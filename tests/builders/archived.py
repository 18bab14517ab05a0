"""Archived analyses on record, without their folders: enough to ask for a re-run."""

from sqlalchemy.orm import Session

from enclave.store.archive_tables import ArchivedAnalysis
from tests.builders.projects import NOW


def record(
    session: Session, name: str, *, project: int = 1, account: str = "rikke"
) -> ArchivedAnalysis:
    analysis = ArchivedAnalysis(
        id=name,
        content_key=name.ljust(64, "0")[:64],
        project_number=project,
        account=account,
        title="Survival",
        kernel="python-2026.12",
        delivery_version=1,
        snapshot=1,
        manifest_digest="e" * 64,
        publishable=False,
        archived=NOW,
    )
    session.add(analysis)
    session.flush()
    return analysis
