"""Visit tokens: what lets a dashboard's or workspace's kernel ask as one person.

A kernel holds no cookie of its user. Whoever starts it puts a visit token into its
environment, and with that it reaches counts and the catalogue, for that person and that
person's budget, for some hours; never applications, projects or pages.
"""

from datetime import timedelta

from enclave import key_file
from enclave.clock import Clock, now
from enclave.portal.tokens import Tokens
from enclave.settings import Settings


SCOPE = "feasibility"
LIFETIME = timedelta(hours=12)


def issue(
    settings: Settings,
    account: str,
    *,
    lifetime: timedelta = LIFETIME,
    clock: Clock = now,
) -> str:
    """Return a visit token for an account."""
    return Tokens(load_key(settings), clock).issue(account, SCOPE, lifetime)


def load_key(settings: Settings) -> bytes:
    """Return the key under which the portal's tokens are made, making it on first use.

    Raises
    ------
    IntegrityError
        If the key file is damaged.
    """
    return key_file.load_or_make(
        settings.keys / "visit.key",
        "Remove it: a new key is made, and open dashboards and pages must be reloaded.",
    )
