"""Take own data in: received, looked through, pseudonymised, released; or destroyed.

An upload may be broken off and taken up again. Until a data manager releases it, it
lies in a folder that no workspace sees; afterwards the raw file is gone, and the
project has a table whose persons are called as in all its other tables.
"""

import hashlib
import json
import os
from contextlib import ExitStack
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave import durable
from enclave.airlock.scan import Finding, scan
from enclave.airlock.typed_values import typed
from enclave.airlock.uploaded_table import UploadedTable
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.identity.cpr import normalise
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.lock import exclusive
from enclave.projects import applications, evidence, ownership, people
from enclave.projects.forms.own_data import ColumnUse, OwnDataForm
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Application, Project
from enclave.store.review_tables import ApplicationEvidence


MOST_BYTES = 2 << 30
RAW = "upload.csv"
_REPORT = "findings.json"
_PSEUDONYM = "pseudonym"
# While an application is in one of these states its raw file is needed.


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
        with exclusive(self._folder / ".lock"):
            with self._database.begin() as session:
                self._check(session, actor, "description_approved")
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
        with exclusive(self._folder / ".lock"), self._database.begin() as session:
            application = self._check(session, actor, "description_approved")
            raw = self._folder / RAW
            if not raw.exists() or _hash(raw) != sha256.lower():
                self._destroy()
                raise InputError(
                    "What has arrived is not the file whose hash was given, and was"
                    " thrown away: upload it again from the beginning."
                )
            # What an earlier upload was refused for does not speak of this one.
            (self._folder / _REPORT).unlink(missing_ok=True)
            facts = {"sha256": sha256.lower(), "bytes": self.received}
            evidence.put(
                session, application, "upload", facts, actor=actor, clock=clock
            )
            applications.act(session, self._number, "upload", actor, clock=clock)

    def look_through(self, *, actor: str, clock: Clock = now) -> list[Finding]:
        """Scan every column, and put the table into quarantine if nothing is found.

        Where something blocks, the raw file is destroyed, and the application stays
        for the data manager to reject.
        """
        with exclusive(self._folder / ".lock"), self._database.begin() as session:
            application = self._check(session, actor, "uploaded", Role.DATA_MANAGER)
            self._require_unchanged(session, application, "upload")
            form = _form(application)
            findings = scan(UploadedTable(self._folder / RAW), form)
            report = json.dumps([found.as_json() for found in findings]).encode()
            durable.write_file(self._folder / _REPORT, report, mode=0o600)
            if any(found.blocks for found in findings):
                self._destroy()
                return findings
            facts = {
                "rows": UploadedTable(self._folder / RAW).rows,
                "sha256": _hash(self._folder / RAW),
            }
            evidence.put(session, application, "scan", facts, actor=actor, clock=clock)
            applications.act(session, self._number, "quarantine", actor, clock=clock)
            return findings

    def load(self, *, actor: str, clock: Clock = now) -> Path:
        """Release the table to the project, pseudonymised; destroy the raw file."""
        with exclusive(self._folder / ".lock"), ExitStack() as undo:
            with self._database.begin() as session:
                application = self._check(
                    session, actor, "quarantined", Role.DATA_MANAGER
                )
                self._require_unchanged(session, application, "scan")
                form = _form(application)
                project = session.get_one(Project, application.project_number)
                raw = self._folder / RAW
                table = _pseudonymised(self._settings, form, raw, project)
                name = _free_name(
                    session, application, f"{form.table}_{clock():%y%m%d}"
                )
                path = self._settings.projects / project.slug / "own" / name
                facts = {"file": name, "rows": len(table)}
                evidence.put(
                    session, application, "load", facts, actor=actor, clock=clock
                )
                applications.act(session, self._number, "load", actor, clock=clock)
                # Last: what is refused leaves nothing where a workspace sees it.
                if not path.exists():
                    undo.callback(path.unlink, missing_ok=True)
                _write(table, path)
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

    def _require_unchanged(
        self, session: Session, application: Application, name: str
    ) -> None:
        """Refuse a raw file that is not the one that the evidence is about."""
        raw = self._folder / RAW
        put = evidence.find(session, application, name)
        known = json.loads(put.document).get("sha256") if put else None
        if known is None or not raw.exists() or _hash(raw) != known:
            raise PolicyRefusal(
                f"What is there is not the file of the {name} on record: return"
                f" application {self._number}, or reject it, for a new upload."
            )

    def _destroy(self) -> None:
        durable.shred(self._folder / RAW)


def _free_name(session: Session, application: Application, wanted: str) -> str:
    """Name a table as no other one of the project is named: no upload replaces one."""
    documents = session.scalars(
        select(ApplicationEvidence.document)
        .join(Application, Application.id == ApplicationEvidence.application_id)
        .where(
            Application.project_number == application.project_number,
            Application.id != application.id,
            ApplicationEvidence.name == "load",
        )
    )
    taken = {json.loads(document).get("file") for document in documents}
    names = (f"{wanted}{'' if one == 1 else f'_{one}'}.parquet" for one in count(1))
    return next(name for name in names if name not in taken)


def _hash(raw: Path) -> str:
    with raw.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _form(application: Application) -> OwnDataForm:
    form = applications.form_of(application)
    if not isinstance(form, OwnDataForm):
        raise TypeError(f"application {application.id} describes no own data")
    return form


def _pseudonymised(
    settings: Settings, form: OwnDataForm, raw: Path, project: Project
) -> pa.Table:
    upload = UploadedTable(raw)
    pseudonyms = Pseudonyms.for_project(settings, project.number)
    columns: dict[str, pa.Array] = {}
    for column in form.columns:
        values = upload.column(column.name)
        match column.use:
            case ColumnUse.CPR:
                made = _persons(Vault.of(settings), pseudonyms, values)
                name = column.name if _PSEUDONYM in columns else _PSEUDONYM
                columns[name] = made
            case ColumnUse.RUNNING_NUMBER | ColumnUse.OTHER_KEY:
                columns[column.name] = pa.array(
                    pseudonyms.of_other_key(column.name, value) if value else None
                    for value in values
                )
            case _:
                columns[column.name] = typed(values, column)
    table = pa.table(columns)
    # In the order of its values, for the order of arrival tells who came with whom.
    order = [(name, "ascending") for name in table.column_names]
    return table.sort_by(order)


def _persons(
    vault: Vault, pseudonyms: Pseudonyms, values: list[str | None]
) -> pa.Array:
    """Call persons as the project's other tables do; those unknown so far are new."""
    numbers = sorted({normalise(value) for value in values if value})
    keys = vault.keys_for(numbers, kind="cpr", valid_from=date(1900, 1, 1))
    called = dict(zip(numbers, pseudonyms.of(keys.to_numpy()).to_pylist(), strict=True))
    return pa.array(called[normalise(value)] if value else None for value in values)


def _write(table: pa.Table, path: Path) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    durable.write_file(path, sink.getvalue().to_pybytes())
