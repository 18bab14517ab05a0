"""Take own data in: received, looked through, pseudonymised, released; or destroyed.

An upload may be broken off and taken up again. Until a data manager releases it, it
lies in a folder that no workspace sees; afterwards the raw file is gone, and the
project has a table whose persons are called as in all its other tables.

No process of ours reads what was sent: a sandbox makes a plain CSV of it, and scan and
release see that alone.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave import durable
from enclave.airlock.conversion.plain_csv import PlainCsv, examine
from enclave.airlock.conversion.room import convert, forget_drafts
from enclave.airlock.own_table import free_name, pseudonymised, write
from enclave.airlock.scan import Finding, of_file, scan
from enclave.airlock.uploaded_table import UploadedTable
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.lock import exclusive
from enclave.projects import applications, evidence, ownership, people
from enclave.projects.forms.own_data import OwnDataForm
from enclave.projects.machine import State
from enclave.projects.people import Role
from enclave.sandbox.running import never
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Application, Project


MOST_BYTES = 2 << 30
RAW = "upload"
PLAIN = "upload.csv"
_REPORT = "findings.json"


class Ingress:
    """The upload of one described table."""

    def __init__(self, settings: Settings, database: Database, number: int) -> None:
        self._settings = settings
        self._database = database
        self._number = number
        self._folder = settings.ingress / str(number)

    @property
    def received(self) -> int:
        """How many bytes have arrived: from there an upload goes on."""
        raw = self._folder / RAW
        return raw.stat().st_size if raw.exists() else 0

    def append(self, offset: int, content: bytes, *, actor: str) -> int:
        """Add bytes at the end of what has arrived; return how many that makes.

        Raises
        ------
        InputError
            If they do not follow what has arrived, or make the file too large.
        PolicyRefusal
            If nothing may be uploaded now, or not by the actor.
        """
        with self._receiving(actor):
            if offset != self.received:
                raise InputError(
                    f"{self.received} bytes have arrived: go on from there, not from"
                    f" {offset}."
                )
            if offset + len(content) > MOST_BYTES:
                raise InputError(
                    f"An upload has at most {MOST_BYTES >> 30} GiB: leave columns or"
                    " rows out, or talk to a data manager."
                )
            handle = os.open(
                self._folder / RAW, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
            )
            with os.fdopen(handle, "ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            return self.received

    def complete(self, sha256: str, *, actor: str, clock: Clock = now) -> None:
        """Say that all has arrived, which the hash proves.

        Raises
        ------
        InputError
            If it has not: the upload is then thrown away and begins anew.
        """
        with self._receiving(actor):
            # Between the two, for meanwhile nobody else could write anything.
            if not self._has(sha256.lower()):
                self._destroy()
                raise InputError(
                    "What has arrived is not the file whose hash was given, and was"
                    " thrown away: upload it again from the beginning."
                )
            facts = {"sha256": sha256.lower(), "bytes": self.received}
            with self._database.begin() as session:
                application = self._check(session, actor, "description_approved")
                durable.shred(self._folder / PLAIN)
                # What an earlier upload was refused for does not speak of this one.
                (self._folder / _REPORT).unlink(missing_ok=True)
                evidence.put(
                    session, application, "upload", facts, actor=actor, clock=clock
                )
                applications.act(session, self._number, "upload", actor, clock=clock)

    def look_through(
        self, *, actor: str, clock: Clock = now, stop: Callable[[], bool] = never
    ) -> list[Finding]:
        """Scan every column, and put the table into quarantine if nothing is found.

        Where the file cannot be read, or something blocks, the raw file is destroyed,
        and the application stays for the data manager to reject. ``stop`` is asked
        again and again whether to end it; then all is as before.
        """
        with exclusive(self._folder / ".lock"):
            form = _form(self._unchanged(actor, State.UPLOADED, "upload"))
            findings, facts = self._read(form, stop)
            blocked = any(found.blocks for found in findings)
            report = json.dumps([found.as_json() for found in findings]).encode()
            with self._database.begin() as session:
                application = self._check(
                    session, actor, State.UPLOADED, Role.DATA_MANAGER
                )
                durable.write_file(self._folder / _REPORT, report, mode=0o600)
                if not blocked:
                    evidence.put(
                        session, application, "scan", facts, actor=actor, clock=clock
                    )
                    applications.act(
                        session, self._number, "quarantine", actor, clock=clock
                    )
            if blocked:
                self._destroy()
            return findings

    def _read(
        self, form: OwnDataForm, stop: Callable[[], bool]
    ) -> tuple[list[Finding], dict[str, Any]]:
        """Have the file made into a plain CSV, and return what is found in that."""
        raw, plain = self._folder / RAW, self._folder / PLAIN
        try:
            header = convert(raw, plain, stop=stop)
            table = UploadedTable(plain, PlainCsv(header.names, header.rows))
        except InputError as error:
            return [of_file(error)], {}
        declared = dict(zip(header.names, header.declared, strict=True))
        facts = {"sha256": _hash(raw), "plain": _hash(plain), "format": header.format}
        return scan(table, form, declared), {"rows": table.rows, **facts}

    def load(self, *, actor: str, clock: Clock = now) -> Path:
        """Release the table to the project, pseudonymised; destroy the raw file."""
        with exclusive(self._folder / ".lock"), ExitStack() as undo:
            found = self._unchanged(actor, State.QUARANTINED, "scan")
            plain = self._folder / PLAIN
            form, upload = _form(found), UploadedTable(plain, examine(plain))
            with self._database.begin() as session:
                project = session.get_one(Project, found.project_number)
            table = pseudonymised(self._settings, form, upload, project.number)
            # Of two releases at once, the second sees the name of the first.
            one_by_one = exclusive(self._settings.ingress / f".{project.slug}.lock")
            with one_by_one, self._database.begin() as session:
                application = self._check(
                    session, actor, State.QUARANTINED, Role.DATA_MANAGER
                )
                name = free_name(session, application, f"{form.table}_{clock():%y%m%d}")
                path = self._settings.projects / project.slug / "own" / name
                facts = {"file": name, "rows": len(table)}
                evidence.put(
                    session, application, "load", facts, actor=actor, clock=clock
                )
                applications.act(session, self._number, "load", actor, clock=clock)
                # Last: what is refused leaves nothing where a workspace sees it.
                if not path.exists():
                    undo.callback(path.unlink, missing_ok=True)
                write(table, path)
            undo.pop_all()
        # Only now: killed before, the table is loaded again from the same raw file.
        self._destroy()
        return path

    @property
    def looked_through(self) -> bool:
        """Whether what arrived was looked through, whatever was found."""
        return (self._folder / _REPORT).exists()

    def findings(self) -> list[dict[str, Any]]:
        """Return what the last scan found."""
        path = self._folder / _REPORT
        found: list[dict[str, Any]] = json.loads(
            path.read_bytes() if path.exists() else b"[]"
        )
        return found

    @contextmanager
    def _receiving(self, actor: str) -> Iterator[None]:
        """Hold the folder for a piece of the file; wait for nobody.

        Who waits keeps a thread of the portal, and looking through takes an hour.
        """
        with self._database.begin() as session:
            self._check(session, actor, "description_approved")
        with ExitStack() as held:
            try:
                held.enter_context(exclusive(self._folder / ".lock", wait=False))
            except BlockingIOError:
                raise PolicyRefusal(
                    f"Another piece of the file of application {self._number} is being"
                    " taken in, or it is being looked through: wait a moment, and go on"
                    " from what has arrived."
                ) from None
            with self._database.begin() as session:
                self._check(session, actor, "description_approved")
            yield

    def _check(
        self, session: Session, actor: str, state: str, role: Role | None = None
    ) -> Application:
        application = applications.get(session, self._number, actor)
        if application.kind != "own_data" or application.state != state:
            raise PolicyRefusal(
                f"Application {self._number} is {application.state.replace('_', ' ')},"
                f" and this takes own data that is {state.replace('_', ' ')}."
            )
        account = people.get(session, actor)
        if role is None and not ownership.leads(session, application, account):
            raise PolicyRefusal(
                f"{actor} neither made application {self._number} nor leads its"
                " project: ask the person who did."
            )
        if role is not None and role not in account.roles:
            raise PolicyRefusal(f"{actor} is no data manager: ask one.")
        return application

    def _unchanged(self, actor: str, state: str, name: str) -> Application:
        """Return the application; refuse a raw file that is not the one on record.

        It is read outside a transaction: whoever changes it takes the folder's lock.
        """
        with self._database.begin() as session:
            application = self._check(session, actor, state, Role.DATA_MANAGER)
            put = evidence.find(session, application, name)
            known = json.loads(put.document) if put else {}
        there = self._has(known.get("sha256"))
        if name == "scan":
            there = there and self._has(known.get("plain"), PLAIN)
        if not there:
            raise PolicyRefusal(
                f"What is there is not the file of the {name} on record: return"
                f" application {self._number}, or reject it, for a new upload."
            )
        return application

    def _has(self, sha256: str | None, name: str = RAW) -> bool:
        file = self._folder / name
        return file.exists() and _hash(file) == sha256

    def _destroy(self) -> None:
        destroy(self._folder)


def destroy(folder: Path) -> bool:
    """Destroy all that an upload consists of; return whether there was something."""
    # Drafts first: where they are all that is left, the rest is not looked for again.
    there = forget_drafts(folder)
    for file in (folder / RAW, folder / PLAIN):
        there |= file.exists()
        durable.shred(file)
    return there


def _hash(raw: Path) -> str:
    with raw.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _form(application: Application) -> OwnDataForm:
    form = applications.form_of(application)
    if not isinstance(form, OwnDataForm):
        raise TypeError(f"application {application.id} describes no own data")
    return form
