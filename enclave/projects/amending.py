"""An approved amendment changes its project: members, end date, approvals."""

from datetime import timedelta

from enclave.audit import log
from enclave.projects import lifecycle, memberships, people, register
from enclave.projects.case import Case
from enclave.projects.forms import AmendmentForm
from enclave.projects.lifecycle import ProjectState
from enclave.store.project_tables import Membership


_ONE_DAY = timedelta(days=1)


def amend(case: Case) -> None:
    """Bring a project in line with its amendment, in the transaction of the approval.

    Population, variables and window need nothing written: the next data request takes
    them from the amendment (:mod:`enclave.projects.in_force`), and what is delivered
    already stays as its grant says.
    """
    form = case.form_as(AmendmentForm)
    project = case.project
    before = project.end_date
    project.end_date = form.end_date
    added, left = _change_members(case, form)
    details = {
        "amendment": case.application.id,
        "end_date": {"from": before.isoformat(), "to": form.end_date.isoformat()},
        "members_added": sorted(added),
        "members_left": sorted(left),
    }
    case.session.flush()
    event = log.Event(
        case.account.name, "project.amend", f"project:{project.slug}", details
    )
    log.record(case.session, event, clock=case.clock)
    register.add(
        case.session,
        project,
        form.approvals,
        actor=case.account.name,
        clock=case.clock,
    )
    if before < case.today and project.state == ProjectState.CLOSING:
        lifecycle.reopen(
            case.session, project, actor=case.account.name, clock=case.clock
        )
    lifecycle.refresh(case.session, project, actor=case.account.name, clock=case.clock)


def _change_members(case: Case, form: AmendmentForm) -> tuple[set[str], set[str]]:
    present = {
        one.account: one
        for one in memberships.members_of(case.session, case.project, case.today)
    }
    wanted = {}
    for person in form.group:
        account = people.by_email(case.session, person.email)
        if account is None:
            raise AssertionError(f"{person.email} has no account, though checked")
        wanted[account.name] = person.role
    for name, membership in present.items():
        if name not in wanted:
            # The day before, so that the door is closed at once.
            membership.until = case.today - _ONE_DAY
    for name, role in wanted.items():
        known = case.session.get(Membership, (case.project.number, name))
        if known is None:
            case.session.add(
                Membership(
                    project_number=case.project.number,
                    account=name,
                    role=role,
                    since=case.today,
                    until=None,
                )
            )
        else:
            known.role, known.until = role, None
    leaders = [name for name, role in wanted.items() if role == "leader"]
    if case.project.leader not in leaders:
        case.project.leader = leaders[0]
    return {*wanted} - {*present}, {*present} - {*wanted}
