"""One version of a project's data, before it is made."""

from dataclasses import dataclass

from enclave.delivery.grant import Grant
from enclave.delivery.minimisation import (
    DeliveredTable,
    Precision,
    minimise,
    precision_of,
)
from enclave.delivery.shown_count import ShownCount
from enclave.identity.pseudonyms import Pseudonyms
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Order:
    """One version to be made: under which grant, from which snapshot.

    Attributes
    ----------
    shown
        The protected count that the receipt explains; null if there is none.
    """

    grant: Grant
    version: int
    snapshot: Snapshot
    pseudonyms: Pseudonyms
    shown: ShownCount | None

    @property
    def tables(self) -> tuple[DeliveredTable, ...]:
        """The granted tables, as this snapshot's catalogue describes them."""
        grant = self.grant
        catalogue = self.snapshot.catalogue
        return minimise(grant.variables, grant.date_policy, catalogue, grant.generalise)

    @property
    def index(self) -> Precision | None:
        """How precise index dates are; null where the question has no index event."""
        if self.grant.question.index is None:
            return None
        return precision_of(self.grant.date_policy)
