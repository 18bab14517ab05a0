"""What somebody submits to the archive, checked before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave.archive import parameters as parameter_rules
from enclave.archive.intake import read_file
from enclave.archive.notebook import LARGEST_NOTEBOOK_BYTES, Notebook, parse
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
    """A notebook to be archived: by whom, for which project, with which parameters."""

    source: bytes
    notebook: Notebook
    project: str
    account: str
    title: str
    parameters: Mapping[str, Any]

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        project: str,
        account: str,
        title: str,
        parameters: Mapping[str, Any],
    ) -> "Submission":
        """Read a notebook and refuse what could not be archived.

        Raises
        ------
        InputError
            If it is no notebook, declares no such parameter, or the title is unusable.
        """
        source = read_file(path, largest=LARGEST_NOTEBOOK_BYTES)
        notebook = parse(source, name=path.name)
        parameter_rules.check(parameters, notebook)
        return cls(source, notebook, project, account, _title(title), parameters)


@dataclass(frozen=True)
class Inputs:
    """What a submission runs on: who asks, in which project, kernel and data."""

    author: Account
    project: int
    kernel: Release
    lock_sha256: str
    data: Path
    delivery: DeliveryManifest

    def content_key(self, submission: Submission) -> str:
        """Return the hash of all that determines what the run computes."""
        return digest(
            {
                "project": submission.project,
                "source": submission.notebook.source_digest,
                "parameters": dict(submission.parameters),
                "kernel": [self.kernel.name, self.lock_sha256],
                "delivery": self.delivery.digest,
            }
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
    kernel = installed(settings, _kernel_name(submission.notebook))
    return Inputs(
        author=people.get(session, submission.account),
        project=lifecycle.get(session, submission.project).number,
        kernel=kernel,
        lock_sha256=file_digest(kernel.lock),
        data=data,
        delivery=verify_folder(data, trusted_key=Signer.load(settings).public_key),
    )


def _kernel_name(notebook: Notebook) -> str:
    if notebook.kernel is None:
        raise InputError(
            "The notebook does not say which kernel it runs in. Open it in the"
            " workspace, choose a kernel, and save it."
        )
    return notebook.kernel


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
