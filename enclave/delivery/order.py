"""One version of a project's data, before it is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.orm import Session

from enclave.delivery.grant import Grant
from enclave.delivery.minimisation import (
    DeliveredTable,
    Precision,
    minimise,
    precision_of,
)
from enclave.delivery.shown_count import ShownCount, shown_count
from enclave.identity.opt_outs import OptOuts
from enclave.identity.pseudonyms import Pseudonyms
from enclave.settings import Settings
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class Order:
    """One version to be made: under which grant, from which snapshot.

    Attributes
    ----------
    shown
        The protected count that the receipt explains; null if there is none.
    counted
        The snapshot of that count, if it is another one.
    opt_outs
        Who said no, then and now.
    """

    grant: Grant
    version: int
    snapshot: Snapshot
    pseudonyms: Pseudonyms
    shown: ShownCount | None
    counted: Snapshot | None
    opt_outs: OptOuts

    @classmethod
    def of(
        cls,
        session: Session,
        settings: Settings,
        grant: Grant,
        version: int,
        snapshot: Snapshot,
        *,
        at: datetime,
    ) -> Self:
        """Gather what a version is made from.

        Parameters
        ----------
        at
            When it was first delivered: a version made again says what it said then.
        """
        shown = shown_count(
            session, settings, grant.question, snapshot.number, before=at
        )
        counted = None
        if shown is not None and shown.snapshot != snapshot.number:
            counted = Warehouse(settings).snapshot(shown.snapshot)
        return cls(
            grant,
            version,
            snapshot,
            Pseudonyms.for_project(settings, grant.project_number),
            shown,
            counted,
            OptOuts.of(settings),
        )

    @property
    def tables(self) -> tuple[DeliveredTable, ...]:
        """The granted tables, as this snapshot's catalogue describes them."""
        grant = self.grant
        catalogue = self.snapshot.catalogue
        return minimise(
            grant.variables,
            grant.date_policy,
            catalogue,
            grant.generalise,
            grant.periods,
        )

    @property
    def index(self) -> Precision | None:
        """How precise index dates are; null where the question has no index event."""
        if self.grant.question.index is None:
            return None
        return precision_of(self.grant.date_policy)
