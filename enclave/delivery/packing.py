"""Pack a delivery to be taken away: one encrypted file, where the grant allows it.

Most data never leave. Where a data request named a place outside and was agreed to, a
data manager who is not of the project packs a version as a zip file with AES-256. Only
cipher text is written. The pass phrase is shown once, kept nowhere, and travels another
way than the file.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyzipper
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import file_digest
from enclave.clock import Clock, now
from enclave.delivery import folders, records, validity
from enclave.delivery import grant as grants
from enclave.delivery import manifest as manifests
from enclave.delivery.grant import Grant
from enclave.delivery.sealing import new_pass_phrase
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import lifecycle, memberships, people
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database


# Packed already by the format itself: deflating it again takes long and gains nothing.
_PACKED = {".parquet"}


@dataclass(frozen=True)
class Packed:
    """The encrypted file, and what opens it."""

    path: Path
    version: int
    pass_phrase: str


def pack(  # noqa: PLR0913 - one keyword for each thing that a packet depends on
    settings: Settings,
    database: Database,
    project: str,
    out: Path,
    *,
    actor: str,
    version: int | None = None,
    clock: Clock = now,
) -> Packed:
    """Pack one version of a project's data, by default the newest.

    Parameters
    ----------
    out
        The new file.

    Raises
    ------
    PolicyRefusal
        If the grant lets no data leave or does not hold today, or the actor is no data
        manager or takes or took part in the project.
    IntegrityError
        If the delivery was changed.
    InputError
        If the file is there already.
    """
    at = clock()
    with database.begin() as session:
        row = records.version_of(session, project, version)
        grant = grants.load(session, settings, row.grant_id)
        validity.check_in_force(session, grant, at.date())
        _check(session, grant, actor)
        number, place = row.version, grant.storage_place
        folder = folders.version_folder(settings, project, row.grant_id, number)
    manifests.verify_folder(folder, trusted_key=Signer.load(settings).public_key)
    phrase = new_pass_phrase()
    details = {"version": number, "grant": grant.id, "storage_place": place}
    with _appearing(out) as made:
        _write(folder, made, phrase)
        details["sha256"] = file_digest(made)
        # On record before it is there: nothing leaves unseen, whatever is killed.
        with database.begin() as session:
            event = log.Event(actor, "delivery.pack", f"project:{project}", details)
            log.record(session, event, clock=clock)
    return Packed(out, number, phrase)


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """Fill a file, for its owner alone, that is there only when the block ends well."""
    if out.exists():
        raise InputError(f"{out} is there already: name a new file.")
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=out.parent) as partial:
        made = Path(partial) / out.name
        yield made
        made.chmod(0o600)
        made.replace(out)


def _check(session: Session, grant: Grant, actor: str) -> None:
    if grant.storage != "elsewhere":
        raise PolicyRefusal(
            f"The grant {grant.id} lets no data leave the enclave: the project works on"
            " them in its workspace, or asks with a new data request that names where"
            " they will be kept."
        )
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(
            f"{actor} is no data manager, and only data managers pack: ask one."
        )
    project = lifecycle.get(session, grant.project)
    if memberships.takes_or_took_part(session, project, actor):
        raise PolicyRefusal(
            f"{actor} takes or took part in {grant.project}, and nobody lets the data"
            " of their own project out: ask another data manager."
        )


def _write(folder: Path, target: Path, phrase: str) -> None:
    """Write the zip file, a piece of each file at a time."""
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(phrase.encode())
        for path in sorted(folder.iterdir()):
            stored = path.suffix in _PACKED
            how = pyzipper.ZIP_STORED if stored else pyzipper.ZIP_DEFLATED
            archive.write(path, path.name, compress_type=how, compresslevel=1)
