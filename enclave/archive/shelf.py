"""Where archived analyses stand: a folder each, and a row with its audit event."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave import durable
from enclave.archive import manifest
from enclave.archive.contents import Contents
from enclave.archive.identifiers import new_id
from enclave.archive.manifest import Manifest
from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import IntegrityError, NotFoundError
from enclave.lock import exclusive
from enclave.projects import lifecycle
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.database import Database
from enclave.store.project_tables import Project


# Readable by the archive's own account alone: it holds outputs nobody has checked.
_MODE = 0o700


class Shelf:
    """The archive of one installation.

    A folder appears by one rename, and then its row with the audit event. Killed before
    the rename, nothing was archived. Killed between the two, the next to come here
    finds the folder, checks it, and puts it on record.
    """

    def __init__(
        self, settings: Settings, database: Database, *, clock: Clock = now
    ) -> None:
        self._root = settings.archive
        self._database = database
        self._clock = clock
        self._signer = Signer.load(settings)

    def folder(self, analysis_id: str) -> Path:
        """Return the folder of an archived analysis."""
        return self._root / analysis_id

    def find(self, content_key: str) -> ArchivedAnalysis | None:
        """Return the analysis with this content, if it is archived already."""
        with exclusive(self._root / ".lock"):
            self._tidy()
            with self._database.begin() as session:
                return by_content(session, content_key)

    def add(self, contents: Contents) -> ArchivedAnalysis:
        """Archive an analysis under the first free id that its subject leads to."""
        with exclusive(self._root / ".lock"):
            subject = contents.subject
            name = new_id(
                subject.archived.year,
                contents.inputs.author.display_name,
                subject.title,
                is_taken=lambda name: self.folder(name).exists(),
            )
            named = replace(contents, subject=subject.model_copy(update={"id": name}))
            with durable.new_folder(self.folder(name), mode=_MODE) as partial:
                sealed = named.write(partial, self._signer)
            with self._database.begin() as session:
                return self._record(session, sealed)

    def verified(self, analysis: ArchivedAnalysis) -> Manifest:
        """Return the manifest of an analysis after checking every file of it.

        Raises
        ------
        NotFoundError
            If its folder is gone.
        IntegrityError
            If anything in it was changed.
        """
        folder = self.folder(analysis.id)
        if not folder.is_dir():
            raise NotFoundError(
                f"The folder of {analysis.id} is not in the archive: restore it from"
                " the backup."
            )
        sealed = manifest.verify(folder, trusted_key=self._signer.public_key)
        if digest(sealed.model_dump(mode="json")) != analysis.manifest_digest:
            raise IntegrityError(
                f"The folder of {analysis.id} is not the one on record: its manifest"
                " has another hash. Restore it from the backup."
            )
        return sealed

    def _tidy(self) -> None:
        """Put on record what a killed process left off it, and sweep what it broke."""
        durable.sweep_partials(self._root)
        with self._database.begin() as session:
            recorded = set(session.scalars(select(ArchivedAnalysis.id)))
            for folder in sorted(self._root.glob("PAC*")):
                if folder.name not in recorded:
                    sealed = manifest.verify(
                        folder, trusted_key=self._signer.public_key
                    )
                    self._record(session, sealed)

    def _record(self, session: Session, sealed: Manifest) -> ArchivedAnalysis:
        analysis = ArchivedAnalysis(
            id=sealed.id,
            content_key=sealed.content_key,
            project_number=lifecycle.get(session, sealed.project).number,
            account=sealed.account,
            title=sealed.title,
            kernel=sealed.kernel.name,
            delivery_version=sealed.delivery.version,
            snapshot=sealed.delivery.snapshot.number,
            manifest_digest=digest(sealed.model_dump(mode="json")),
            publishable=any(name.startswith("publishable") for name in sealed.files),
            archived=sealed.archived,
        )
        session.add(analysis)
        session.flush()
        details = {
            "manifest": analysis.manifest_digest,
            "source": sealed.source_digest,
            "kernel": sealed.kernel.model_dump(),
            "delivery": sealed.delivery.model_dump(),
            "publishable": analysis.publishable,
        }
        event = log.Event(
            sealed.account, "analysis.archive", f"analysis:{sealed.id}", details
        )
        log.record(session, event, clock=self._clock)
        return analysis


def get(session: Session, analysis_id: str) -> ArchivedAnalysis:
    """Return an archived analysis.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    """
    analysis = session.get(ArchivedAnalysis, analysis_id)
    if analysis is None:
        raise NotFoundError(
            f"There is no archived analysis {analysis_id!r}. `enclave archive list`"
            " shows all."
        )
    return analysis


def by_content(session: Session, content_key: str) -> ArchivedAnalysis | None:
    """Return the analysis with this content, if it is archived already."""
    return session.scalars(
        select(ArchivedAnalysis).where(ArchivedAnalysis.content_key == content_key)
    ).one_or_none()


def everything(session: Session, project: str | None = None) -> list[ArchivedAnalysis]:
    """Return all archived analyses, or a project's, the newest first."""
    query = select(ArchivedAnalysis).order_by(
        ArchivedAnalysis.archived.desc(), ArchivedAnalysis.id
    )
    if project is not None:
        query = query.join(
            Project, Project.number == ArchivedAnalysis.project_number
        ).where(Project.slug == project)
    return list(session.scalars(query))
