"""How many persons have a code, as a band, released once for everybody.

Whoever browses codes wants to know which of them occur. Counts that are made on asking
would be an oracle; so all of them are made at once, with noise, and stored before the
first is shown. What that spends is in docs/how-to/browse-codes.md: one person counts in
at most :data:`CODES_PER_PERSON` codes, so a release costs that many times
1 / (2 sigma²) in zCDP, as much as four questions; and unlike questions it takes place
once for each snapshot that answers questions, whoever looks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from enclave.audit import log
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.disclosure.noise import add_noise
from enclave.disclosure.policy import Policy, policy
from enclave.errors import PolicyRefusal
from enclave.feasibility.answering_snapshot import answering_snapshot
from enclave.feasibility.code_counts import persons_per_code
from enclave.projects import people
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.feasibility_tables import CodeBandRelease
from enclave.warehouse.snapshot import Snapshot


# Four times the noise of a question: a band needs no more, and a person has many codes.
SIGMA = 40

# A person with more codes counts in so many of them, drawn by a hash; the counts of the
# others come out a little low.
CODES_PER_PERSON = 64

# Where the bands begin. The first is the threshold: 2.5 sigma, so that a code of nobody
# is shown as a hundred in six cases of a thousand.
LIMITS = (100, 1_000, 10_000)


@dataclass(frozen=True)
class Band:
    """Between how many persons the noisy count lies; null where it is open."""

    at_least: int | None
    below: int | None

    @classmethod
    def of(cls, noisy: int) -> "Band":
        """Return the band of a noisy count."""
        passed = [limit for limit in LIMITS if noisy >= limit]
        missed = [limit for limit in LIMITS if noisy < limit]
        return cls(passed[-1] if passed else None, missed[0] if missed else None)


Bands = Mapping[tuple[str, str], Band]


def release(
    settings: Settings, database: Database, actor: str, *, clock: Clock = now
) -> int:
    """Release the bands of the snapshot that answers questions; once, whoever asks.

    Returns
    -------
    int
        The number of the snapshot.

    Raises
    ------
    PolicyRefusal
        If the actor is no data manager.
    NotFoundError
        If there is no snapshot or no such account.
    """
    with database.begin() as session:
        _require_data_manager(session, actor)
    snapshot = answering_snapshot(settings)
    with database.begin() as session:
        if session.get(CodeBandRelease, snapshot.number) is not None:
            return snapshot.number
    # Outside any transaction: it reads every event.
    noisy = _noisy_counts(snapshot, policy())
    with database.begin() as session:
        _store(session, snapshot, actor, noisy, clock)
    return snapshot.number


def released_bands(database: Database, snapshot: int) -> Bands:
    """Return the bands of a snapshot's codes; none before they are released."""
    with database.begin() as session:
        stored = session.get(CodeBandRelease, snapshot)
    if stored is None:
        return {}
    return {
        (system, code): Band.of(noisy)
        for system, codes in json.loads(stored.noisy).items()
        for code, noisy in codes.items()
    }


def _require_data_manager(session: Session, actor: str) -> None:
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(
            f"{actor} is no data manager, and only data managers release bands: ask one"
            " of them."
        )


def _store(
    session: Session,
    snapshot: Snapshot,
    actor: str,
    noisy: dict[str, dict[str, int]],
    clock: Clock,
) -> None:
    """Keep the noise, unless another process was first: then its noise counts."""
    row = {
        "snapshot": snapshot.number,
        "at": clock(),
        "released_by": actor,
        "sigma": SIGMA,
        "codes_per_person": CODES_PER_PERSON,
        "noisy": canonical_json(noisy).decode(),
    }
    if session.scalar(_insert_unless_there(session, row)) is None:
        return
    details = {
        "codes": sum(map(len, noisy.values())),
        "sigma": SIGMA,
        "codes_per_person": CODES_PER_PERSON,
    }
    event = log.Event(
        actor, "code_bands.release", f"snapshot:{snapshot.number}", details
    )
    log.record(session, event, clock=clock)


def _insert_unless_there(session: Session, row: dict[str, Any]) -> ReturningInsert[Any]:
    """Return a statement that gives the snapshot's number if it added the row."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(CodeBandRelease).values(row).on_conflict_do_nothing()
    return statement.returning(CodeBandRelease.snapshot)


def _noisy_counts(snapshot: Snapshot, rules: Policy) -> dict[str, dict[str, int]]:
    """Return a noisy count of every code of the level that may be asked about.

    Which codes these are follows from the catalogue alone: a code that nobody has gets
    its noise like every other.
    """
    exact = persons_per_code(
        snapshot, rules.grammar.code_systems, codes_per_person=CODES_PER_PERSON
    )
    noisy: dict[str, dict[str, int]] = {}
    for (system, code), persons in exact.items():
        noisy.setdefault(system, {})[code] = add_noise(persons, sigma=SIGMA)
    return noisy
