"""The grant: what was agreed, signed; delivery obeys it and nothing else.

A form says what a person wishes, and may still change. When a data manager issues the
grant, the agreed form is compiled once more against the catalogue, fixed, and signed
with the installation's key. From then on it can neither change nor be read differently.
"""

import json
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import canonical_json, digest
from enclave.clock import Clock, now
from enclave.cohort.question import Question
from enclave.delivery import validity
from enclave.delivery.minimisation import minimise
from enclave.errors import IntegrityError, NotFoundError
from enclave.projects import applications
from enclave.projects.forms import (
    DataRequestForm,
    DatePolicy,
    Format,
    Generalisation,
    VariablePeriod,
    Window,
)
from enclave.settings import Settings
from enclave.signature import Signer, verify
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Project
from enclave.warehouse.catalogue import Catalogue
from enclave.warehouse.warehouse import Warehouse


class Grant(BaseModel):
    """What a project may have: which persons, variables, days, for whom, until when.

    Attributes
    ----------
    id, version
        ``G12-1`` is the first grant of data request 12.
    request, request_digest
        Number of the data request, and SHA-256 of the form as it was agreed.
    project, project_number
        Slug and number of the project.
    end
        Last day on which anything is delivered.
    catalogue_snapshot
        Number of the snapshot whose catalogue the variables were checked against.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: Literal["grant"] = "grant"
    schema_version: Literal[1] = 1
    id: str
    version: int
    request: int
    request_digest: str
    project: str
    project_number: int
    question: Question
    variables: tuple[str, ...]
    window: Window
    date_policy: DatePolicy
    generalise: dict[str, Generalisation] = Field(default_factory=dict)
    periods: tuple[VariablePeriod, ...] = ()
    storage: Literal["enclave_only", "elsewhere"] = "enclave_only"
    storage_place: str = ""
    formats: tuple[Format, ...]
    refresh: Literal["once", "daily"]
    members: tuple[str, ...]
    end: date
    catalogue_snapshot: int
    issued: datetime
    issued_by: str

    @property
    def content(self) -> dict[str, Any]:
        """The grant as JSON: what is signed."""
        content = self.model_dump(mode="json")
        # Grants of before there was such a thing are signed without it.
        for name in ("generalise", "periods", "storage_place"):
            if not content[name]:
                del content[name]
        if self.storage == "enclave_only":
            del content["storage"]
        return content

    @property
    def digest(self) -> str:
        """SHA-256 of the grant, in hex."""
        return digest(self.content)


def issue(
    session: Session,
    settings: Settings,
    request_id: int,
    actor: str,
    clock: Clock = now,
) -> Grant:
    """Compile and sign the grant of an agreed data request, to be delivered.

    The request moves on in the session's own transaction: there is none in quality
    assurance without its grant. Its members use the data once the first version of
    them was looked at, and the request made active.

    Raises
    ------
    NotFoundError
        If there is no such request, or no snapshot.
    PolicyRefusal
        If the request is not agreed, an approval has expired, the end date has passed,
        the actor may not issue it, or a variable may not be delivered.
    """
    request = applications.act(session, request_id, "extract", actor, clock=clock)
    form = applications.form_of(request)
    if not isinstance(form, DataRequestForm) or request.project_number is None:
        raise TypeError(f"application {request_id} is no data request")
    project = session.get_one(Project, request.project_number)
    validity.check_form(session, project, form, clock().date())
    snapshot = Warehouse(settings).snapshot()
    _check_deliverable(form, snapshot.catalogue)
    version = _versions(session, request_id) + 1
    grant = Grant(
        **{name: getattr(form, name) for name in _AS_AGREED},
        id=f"G{request_id}-{version}",
        version=version,
        request=request_id,
        request_digest=request.form_digest,
        project=project.slug,
        project_number=project.number,
        question=form.population,
        end=form.end_date,
        catalogue_snapshot=snapshot.number,
        issued=clock(),
        issued_by=actor,
    )
    _keep(session, settings, grant, clock)
    return grant


def load(session: Session, settings: Settings, grant_id: str) -> Grant:
    """Return a grant whose signature holds.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    IntegrityError
        If it was changed after it was signed, or signed by somebody else.
    """
    row = session.get(IssuedGrant, grant_id)
    if row is None:
        raise NotFoundError(
            f"There is no grant {grant_id!r}. `enclave grant list` shows all grants;"
            " `enclave grant issue` makes one from an agreed data request."
        )
    trusted = Signer.load(settings).public_key
    other = IntegrityError(
        f"Grant {grant_id} is not the one that was issued under this id. Compare"
        " the audit log, and restore the database from the backup."
    )
    try:
        content = verify(json.loads(row.document), trusted_key=trusted)
        grant = Grant.model_validate(content)
    except (ValueError, AttributeError) as error:
        raise other from error
    if grant.id != grant_id or grant.digest != row.digest:
        raise other
    return grant


def signed(session: Session, grant_id: str) -> str:
    """Return a grant with its signature, as JSON text."""
    return session.get_one(IssuedGrant, grant_id).document


def listing(session: Session) -> list[IssuedGrant]:
    """Return all grants, the newest first."""
    return list(
        session.scalars(
            select(IssuedGrant).order_by(
                IssuedGrant.application_id.desc(), IssuedGrant.version.desc()
            )
        )
    )


_AS_AGREED = (
    "variables",
    "window",
    "date_policy",
    "generalise",
    "periods",
    "storage",
    "storage_place",
    "formats",
    "refresh",
    "members",
)


def _check_deliverable(form: DataRequestForm, catalogue: Catalogue) -> None:
    asked = (form.variables, form.date_policy, catalogue)
    minimise(*asked, form.generalise, form.periods)


def _versions(session: Session, request_id: int) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(IssuedGrant)
            .where(IssuedGrant.application_id == request_id)
        )
        or 0
    )


def _keep(session: Session, settings: Settings, grant: Grant, clock: Clock) -> None:
    document = Signer.load(settings).sign(grant.content)
    session.add(
        IssuedGrant(
            id=grant.id,
            application_id=grant.request,
            version=grant.version,
            project_number=grant.project_number,
            document=canonical_json(document).decode(),
            digest=grant.digest,
            issued=grant.issued,
            issued_by=grant.issued_by,
        )
    )
    session.flush()
    details = {
        "grant": grant.id,
        "digest": grant.digest,
        "request_digest": grant.request_digest,
        "question": grant.question.digest,
    }
    subject = f"project:{grant.project}"
    log.record(
        session,
        log.Event(grant.issued_by, "grant.issue", subject, details),
        clock=clock,
    )
