"""Accepted findings: numbered rules that loads obey, with credit, until revoked."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import free_text, notices, people
from enclave.projects.people import Role
from enclave.returns.findings import desk, holders
from enclave.returns.findings.desk import State, Step
from enclave.returns.findings.form import check_rule
from enclave.store.project_tables import Project
from enclave.store.return_tables import Finding, HarmonisationRule
from enclave.warehouse.catalogue import Catalogue
from enclave.warehouse.harmonisation import RULE, Rule
from enclave.warehouse.mapping import Mapping


def accept(  # noqa: PLR0913 - what, how, by whom, when
    session: Session,
    number: int,
    summary: str,
    catalogue: Catalogue,
    *,
    actor: str,
    rule: Rule | None = None,
    clock: Clock = now,
) -> HarmonisationRule:
    """Accept a finding: a rule of the next load, with notice to who holds the variable.

    Parameters
    ----------
    summary
        What everybody reads in the catalogue about it.
    rule
        In place of the one that was proposed; null takes that one.

    Raises
    ------
    PolicyRefusal
        If the actor may not decide on it, or it is decided on already.
    InputError
        If the summary is missing or the rule does not fit.
    """
    finding = desk.decidable(session, number, actor)
    desk.check_state(finding, State.SUBMITTED, State.IN_WORK)
    _check_summary(summary)
    chosen = rule or desk.form_of(finding).rule
    check_rule(chosen, finding.variable, catalogue)
    written = (
        canonical_json(chosen.model_dump(mode="json")).decode() if chosen else None
    )
    made = HarmonisationRule(
        finding_id=finding.id,
        variable=finding.variable,
        rule=written,
        summary=summary.strip(),
        credit=_credit(session, finding),
        accepted_by=actor,
        accepted=clock(),
    )
    session.add(made)
    finding.state = State.ACCEPTED
    session.flush()
    desk.step(session, finding, Step.ACCEPT, actor, clock, summary.strip())
    _tell_holders(session, made, chosen, "harmonised", clock)
    return made


def revoke(
    session: Session, number: int, reason: str, *, actor: str, clock: Clock = now
) -> None:
    """Let a rule hold no longer: the next load does without it.

    Raises
    ------
    PolicyRefusal
        If the actor is no data manager, or it was revoked already.
    """
    if Role.DATA_MANAGER not in people.get(session, actor).roles:
        raise PolicyRefusal(f"{actor} is no data manager: ask one.")
    free_text.check_reason(reason)
    if len(reason.strip()) < 10:
        raise InputError("Say why in a sentence: it stands in the audit log.")
    row = session.get(HarmonisationRule, number, with_for_update=True)
    if row is None:
        raise NotFoundError(f"There is no rule {number}: `enclave finding rules`.")
    if row.revoked is not None:
        raise PolicyRefusal(f"Rule {number} was revoked already.")
    row.revoked, row.revoked_by = clock(), actor
    session.flush()
    event = log.Event(
        actor, "harmonisation.revoke", f"rule:{number}", {"reason": reason.strip()}
    )
    log.record(session, event, clock=clock)
    rule = RULE.validate_json(row.rule) if row.rule else None
    _tell_holders(session, row, rule, "harmonised_no_more", clock)


def everything(session: Session) -> list[HarmonisationRule]:
    """Return every rule, the newest first."""
    return list(
        session.scalars(
            select(HarmonisationRule).order_by(HarmonisationRule.number.desc())
        )
    )


def obeyed(session: Session, mapping: Mapping) -> tuple[Mapping, list[int]]:
    """Return a mapping with the rules in force that fit it, and their numbers."""
    rows = session.scalars(
        select(HarmonisationRule)
        .where(HarmonisationRule.revoked.is_(None), HarmonisationRule.rule.is_not(None))
        .order_by(HarmonisationRule.number)
    )
    rules = [(row.number, RULE.validate_json(row.rule or "")) for row in rows]
    fitting = [(number, rule) for number, rule in rules if mapping.allows(rule)]
    added = tuple(rule for _, rule in fitting)
    together = (*mapping.harmonisation, *added)
    return (
        mapping.model_copy(update={"harmonisation": together}),
        [number for number, _ in fitting],
    )


def note_snapshot(session: Session, numbers: Iterable[int], snapshot: int) -> None:
    """Write down from which snapshot on rules are obeyed."""
    for number in numbers:
        row = session.get_one(HarmonisationRule, number)
        if row.since_snapshot is None:
            row.since_snapshot = snapshot


def document(row: HarmonisationRule) -> dict[str, Any]:
    """Return a rule as JSON."""
    rule = RULE.validate_json(row.rule) if row.rule else None
    return {
        "number": row.number,
        "finding": row.finding_id,
        "variable": row.variable,
        "rule": rule.model_dump(mode="json") if rule else None,
        "summary": row.summary,
        "credit": row.credit,
        "accepted": row.accepted.isoformat(),
        "accepted_by": row.accepted_by,
        "since_snapshot": row.since_snapshot,
        "revoked": row.revoked.isoformat() if row.revoked else None,
    }


def _check_summary(summary: str) -> None:
    free_text.check_reason(summary)
    if not 10 <= len(summary.strip()) <= 1_000:
        raise InputError("Write a sentence for the catalogue: everybody reads it.")


def _credit(session: Session, finding: Finding) -> str:
    name = people.get(session, finding.created_by).display_name
    if finding.project_number is None:
        return name
    project = session.get_one(Project, finding.project_number)
    return f"{name}, {project.title}"[:200]


def _tell_holders(
    session: Session,
    row: HarmonisationRule,
    rule: Rule | None,
    key: str,
    clock: Clock,
) -> None:
    touched = {row.variable}
    if rule is not None:
        touched |= {f"{rule.table}.{name}" for name in rule.replacements()}
    finder = session.get_one(Finding, row.finding_id).project_number
    for request in holders.requests_with(session, touched):
        if request.project_number != finder:
            notices.of_rule(session, request, key, row.number, clock)
