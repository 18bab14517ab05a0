"""What somebody submits to the archive, checked before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave.archive.analysis.analysis import Analysis
from enclave.archive.manifest import KernelRecord
from enclave.archive.publishable import identifiers_in
from enclave.canonical import digest, file_digest
from enclave.clock import Clock
from enclave.delivery.folders import version_folder
from enclave.delivery.manifest import Manifest as DeliveryManifest
from enclave.delivery.manifest import verify_folder
from enclave.delivery.workspace_right import may_work, newest_open
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import lifecycle, people
from enclave.sandbox.released_kernels import Release, installed
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.project_tables import Account


LONGEST_TITLE = 200


@dataclass(frozen=True)
class Submission:
    """An analysis to be archived: by whom, for which project."""

    analysis: Analysis
    project: str
    account: str
    title: str

    @classmethod
    def read(  # noqa: PLR0913 - one keyword for each thing that is submitted
        cls,
        path: Path,
        *,
        project: str,
        account: str,
        title: str,
        parameters: Mapping[str, Any],
        entry: Sequence[str] = (),
        sweep: Mapping[str, list[Any]] | None = None,
    ) -> "Submission":
        """Read a notebook, script or folder and refuse what could not be archived.

        Raises
        ------
        InputError
            If nothing in it can be run, no step declares such a parameter, or the title
            is unusable.
        """
        analysis = Analysis.read(
            path, entry=entry, parameters=parameters, sweep=sweep or {}
        )
        return cls(analysis, project, account, _title(title))


@dataclass(frozen=True)
class Inputs:
    """What a submission runs on: who asks, in which project, kernel and data."""

    author: Account
    project: int
    kernels: tuple[Release, ...]
    data: Path
    delivery: DeliveryManifest

    def content_key(self, submission: Submission) -> str:
        """Return the hash of all that determines what the run computes."""
        return digest(
            {
                "project": submission.project,
                "source": submission.analysis.source_digest,
                "parameters": list(submission.analysis.plan.runs),
                "kernels": [each.model_dump() for each in self.kernel_records()],
                "delivery": self.delivery.digest,
            }
        )

    @property
    def kernel(self) -> Release:
        """The kernel of the first step."""
        return self.kernels[0]

    def kernel_records(self) -> tuple[KernelRecord, ...]:
        """Return what an archive remembers of the kernels."""
        return tuple(
            KernelRecord(name=each.name, lock_sha256=file_digest(each.lock))
            for each in self.kernels
        )


def resolve(
    settings: Settings, session: Session, submission: Submission, clock: Clock
) -> Inputs:
    """Find what a submission runs on, and whether its author may run it.

    Raises
    ------
    PolicyRefusal
        If the account may not work in the project now.
    NotFoundError
        If there is no such account, project, kernel, or data.
    IntegrityError
        If the project's data were changed after they were delivered.
    """
    decision = may_work(
        session, settings, submission.account, submission.project, clock
    )
    if not decision.allowed:
        raise PolicyRefusal(decision.reason)
    newest = newest_open(
        session, settings, submission.account, submission.project, clock
    )
    data = version_folder(settings, submission.project, newest.grant_id, newest.version)
    return Inputs(
        author=people.get(session, submission.account),
        project=lifecycle.get(session, submission.project).number,
        kernels=tuple(
            installed(settings, name) for name in submission.analysis.plan.kernels
        ),
        data=data,
        delivery=verify_folder(data, trusted_key=Signer.load(settings).public_key),
    )


def _title(title: str) -> str:
    plain = " ".join(title.split())
    if not 0 < len(plain) <= LONGEST_TITLE:
        raise InputError(f"Give a title of 1 to {LONGEST_TITLE} characters.")
    if identifiers_in(plain):
        raise InputError(
            "The title looks as if it held an identifier, and titles are public. Give"
            " another."
        )
    return plain
