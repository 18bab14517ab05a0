"""One attempt at a transition: everything that a guard or an effect looks at."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.projects.fields import Part
from enclave.projects.forms import DataRequestForm, Form, ProposalForm, read
from enclave.store.project_tables import Account, Application, Project
from enclave.warehouse.catalogue import Catalogue


@dataclass(frozen=True)
class Given:
    """What a person gives along with an action."""

    reason: str = ""
    figure: int | None = None


AnyForm = TypeVar("AnyForm", bound=Part)


@dataclass(frozen=True)
class Case:
    """Who wants what of which application, and what is known about it.

    Attributes
    ----------
    catalogue
        What the variables of a request are checked against; null where the caller has
        none.
    figure
        The number that some transitions ask for; null where none was given.
    """

    session: Session
    application: Application
    account: Account
    reason: str
    clock: Clock
    catalogue: Catalogue | None = None
    figure: int | None = None

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

    def form_as(self, model: type[AnyForm]) -> AnyForm:
        """Return the application's form, which must be of this model."""
        form = self.form
        if not isinstance(form, model):
            raise TypeError(f"application {self.application.id} is no {model.__name__}")
        return form

    @property
    def proposal(self) -> ProposalForm:
        """The form of a proposal."""
        return self.form_as(ProposalForm)

    @property
    def data_request(self) -> DataRequestForm:
        """The form of a data request."""
        return self.form_as(DataRequestForm)

    @property
    def project(self) -> Project:
        """The project that the application belongs to."""
        return self.session.get_one(Project, self.application.project_number)


def document(application: Application) -> dict[str, Any]:
    """Return an application's form as it was entered."""
    entered: dict[str, Any] = json.loads(application.form)
    return entered
