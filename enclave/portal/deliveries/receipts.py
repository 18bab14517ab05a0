"""The receipt of a version, for those who may read its counts.

They are exact, as no count of the feasibility is. Whoever holds the data can count them
anyway; a data manager reads them by office, and the audit log says so.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock
from enclave.delivery import folders
from enclave.delivery.receipt import Receipt, read_receipt
from enclave.delivery.workspace_right import open_grants
from enclave.errors import EnclaveError
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.delivery_tables import DeliveredVersion
from enclave.store.project_tables import Account


@dataclass(frozen=True)
class Shown:
    """A receipt, or why there is none to read."""

    receipt: Receipt | None = None
    without: Literal["gone", "damaged", "withheld"] | None = None


def shown(
    session: Session,
    settings: Settings,
    account: Account,
    slug: str,
    row: DeliveredVersion,
    clock: Clock,
) -> Shown:
    """Return the receipt of one version, as far as a visitor may read it."""
    folder = folders.version_folder(settings, slug, row.grant_id, row.version)
    if not folder.is_dir():
        return Shown(without="gone")
    holds = row.grant_id in open_grants(session, settings, account.name, slug, clock)
    if not holds and Role.DATA_MANAGER not in account.roles:
        return Shown(without="withheld")
    try:
        receipt = read_receipt(folder, Signer.load(settings).public_key)
    except (EnclaveError, OSError):
        return Shown(without="damaged")
    if not holds:
        details = {"version": row.version}
        event = log.Event(
            account.name, "delivery.read_receipt", f"project:{slug}", details
        )
        log.record(session, event, clock=clock)
    return Shown(receipt)
