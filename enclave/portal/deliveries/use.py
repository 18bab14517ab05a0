"""What was read of a version, as far as a visitor is told.

User code can make its kernel say that it reads any column, so what a project's people
are told of it is a way out of the workspace. They are told one number, once a month.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from enclave.archive.column_use import DeliveryUse, column_use
from enclave.errors import EnclaveError
from enclave.projects import lifecycle, memberships
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.delivery_tables import DeliveredVersion
from enclave.store.project_tables import Account


@dataclass(frozen=True)
class Use:
    """What was read of a version until a day.

    Attributes
    ----------
    by_column
        True for whom each column is shown, with the day on which it was last read.
    told
        False until a month in which the version was there has ended.
    """

    found: DeliveryUse
    until: date
    by_column: bool
    told: bool

    def document(self) -> dict[str, Any] | None:
        """Return it as JSON; nothing as long as nothing is told."""
        if not self.told:
            return None
        return {
            "unread": len(self.found.unread),
            "columns": len(self.found.columns),
            "until": self.until.isoformat(),
            "names": self.found.unread if self.by_column else None,
        }


def use_if_there(
    session: Session,
    settings: Settings,
    account: Account,
    slug: str,
    row: DeliveredVersion,
    today: date,
) -> Use | None:
    """Say what was read of a version's columns; nothing if its files are gone.

    A data manager who took no part in the project sees each column, as it is today.
    """
    project = lifecycle.get(session, slug)
    by_column = (
        Role.DATA_MANAGER in account.roles
        and not memberships.takes_or_took_part(session, project, account.name)
    )
    until = today if by_column else today.replace(day=1) - timedelta(days=1)
    try:
        found = column_use(session, settings, slug, row.version, until)
    except EnclaveError:
        return None
    told = by_column or row.delivered.date() <= until
    return Use(found, until, by_column, told)
