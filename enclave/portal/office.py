"""What every room of the portal needs: the installation, its database and the time."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from enclave.clock import Clock
from enclave.errors import NotFoundError
from enclave.portal.tokens import Tokens
from enclave.portal.visitor import Authenticate
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.catalogue import Catalogue
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class Office:
    """The portal of one installation.

    Attributes
    ----------
    authenticate
        Tells who a request comes from (see :mod:`enclave.portal.visitor`).
    prefix
        Path below which the portal lies, without a slash at its end.
    workspace_url
        Address of a project's workspace with ``{account}`` and ``{project}`` in it;
        null where there is no hub.
    """

    settings: Settings
    database: Database
    tokens: Tokens
    authenticate: Authenticate
    prefix: str
    workspace_url: str | None
    clock: Clock

    def catalogue(self) -> Catalogue | None:
        """Return the latest snapshot's catalogue, or None before the first load."""
        try:
            return Warehouse(self.settings).snapshot().catalogue
        except NotFoundError:
            return None


def office(request: Request) -> Office:
    """Return the portal that a request came to."""
    found: Office = request.app.state.office
    return found


Place = Annotated[Office, Depends(office)]
