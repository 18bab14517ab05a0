"""One attempt at a transition: everything that a guard or an effect looks at."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.projects.forms import (
    DataRequestForm,
    FeasibilityRequestForm,
    Form,
    ProposalForm,
    read,
)
from enclave.store.project_tables import Account, Application, Project
from enclave.warehouse.catalogue import Catalogue


@dataclass(frozen=True)
class Case:
    """Who wants what of which application, and what is known about it.

    Attributes
    ----------
    catalogue
        What the variables of a request are checked against; null where the caller has
        none.
    """

    session: Session
    application: Application
    account: Account
    reason: str
    clock: Clock
    catalogue: Catalogue | None = None

    @cached_property
    def today(self) -> date:
        """The day it is, in UTC."""
        return self.clock().date()

    @property
    def form(self) -> Form:
        """The application's form.

        Raises
        ------
        FormError
            If it is not complete.
        """
        return read(self.application.kind, document(self.application))

    @property
    def proposal(self) -> ProposalForm:
        """The form of a proposal."""
        form = self.form
        if not isinstance(form, ProposalForm):
            raise TypeError(f"application {self.application.id} is no proposal")
        return form

    @property
    def data_request(self) -> DataRequestForm:
        """The form of a data request."""
        form = self.form
        if not isinstance(form, DataRequestForm):
            raise TypeError(f"application {self.application.id} is no data request")
        return form

    @property
    def feasibility_request(self) -> FeasibilityRequestForm:
        """The form of a feasibility request."""
        form = self.form
        if not isinstance(form, FeasibilityRequestForm):
            raise TypeError(
                f"application {self.application.id} is no feasibility request"
            )
        return form

    @property
    def project(self) -> Project:
        """The project of a data request."""
        return self.session.get_one(Project, self.application.project_number)


def document(application: Application) -> dict[str, Any]:
    """Return an application's form as it was entered."""
    entered: dict[str, Any] = json.loads(application.form)
    return entered
