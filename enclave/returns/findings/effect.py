"""What a rule would change, before it is accepted."""

from dataclasses import dataclass

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.disclosure.protected import ProtectedCount
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.service import FeasibilityService
from enclave.projects import people
from enclave.projects.people import Role
from enclave.returns.findings import desk
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.engine import one_row
from enclave.warehouse.harmonisation import Rule
from enclave.warehouse.sql import identifier
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class ExactEffect:
    """How much of the newest snapshot a rule would change, for data managers' eyes."""

    exact_rows: int
    exact_persons: int
    on_snapshot: int


def exact(
    settings: Settings,
    database: Database,
    number: int,
    rule: Rule | None = None,
    *,
    actor: str,
    clock: Clock = now,
) -> ExactEffect:
    """Count exactly what a finding's rule, or another, would change.

    Raises
    ------
    PolicyRefusal
        If the actor may not decide on the finding.
    InputError
        If there is no rule.
    """
    with database.begin() as session:
        finding = desk.decidable(session, number, actor, clock)
        chosen = rule or _rule_of(desk.form_of(finding).rule, number)
        # Before the count is made: who looked stands there, whatever happens after.
        details = {"digest": finding.digest}
        event = log.Event(actor, "finding.effect", f"finding:{number}", details)
        log.record(session, event, clock=clock)
    snapshot = Warehouse(settings).snapshot()
    with snapshot.connect() as engine:
        rows, persons = one_row(
            engine,
            f"FROM {identifier(chosen.table)} SELECT count(*), count(DISTINCT person)"
            f" WHERE {chosen.condition()}",
        )
    return ExactEffect(int(rows), int(persons), snapshot.number)


def protected(
    settings: Settings,
    database: Database,
    number: int,
    *,
    actor: str,
    clock: Clock = now,
) -> ProtectedCount:
    """Count through the gate how many persons a finding's rule would touch.

    Raises
    ------
    PolicyRefusal
        If the finding is not the actor's, the rule is too fine for the open tier, or
        the budget is used up.
    InputError
        If there is no rule.
    """
    with database.begin() as session:
        finding = desk.get(session, number)
        roles = people.get(session, actor).roles
        if finding.created_by != actor and Role.DATA_MANAGER not in roles:
            raise PolicyRefusal(f"Finding {number} is not {actor}'s to look into.")
        chosen = _rule_of(desk.form_of(finding).rule, number)
    service = FeasibilityService(settings, database)
    return service.affected(actor, chosen, clock=clock)


def _rule_of(rule: Rule | None, number: int) -> Rule:
    if rule is None:
        raise InputError(f"Finding {number} proposes no rule, so it changes nothing.")
    return rule
