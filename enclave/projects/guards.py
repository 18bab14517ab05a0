"""What each guard of the transition tables checks. A guard refuses, or does nothing."""

from collections.abc import Callable

from enclave.errors import PolicyRefusal
from enclave.projects import (
    feasibility_rules,
    form_rules,
    lifecycle,
    memberships,
    ownership,
    people,
)
from enclave.projects.case import Case, document
from enclave.projects.form_rules import ProjectFacts
from enclave.projects.forms import FormError, Problem, ProposalForm
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import Guard, Kind, spoken
from enclave.store.feasibility_tables import FeasibilityOutcome
from enclave.store.project_tables import Application
from enclave.warehouse.catalogue import Catalogue


MAXIMUM_REASON = 4_000


def check(guard: Guard, case: Case) -> None:
    """Check one guard.

    Raises
    ------
    PolicyRefusal
        If the case does not meet it.
    FormError
        If the form has problems; all of them are named.
    """
    _CHECKS[guard](case)


def _own(case: Case) -> None:
    if not ownership.leads(case.session, case.application, case.account):
        raise PolicyRefusal(
            f"{case.account.name} neither made {_name(case)} nor leads its project:"
            " ask the person who did."
        )


def _not_own(case: Case) -> None:
    if ownership.takes_part(case.session, case.application, case.account):
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {case.account.name} takes part"
            f" in {_name(case)}: leave it to a colleague."
        )


def _reason(case: Case) -> None:
    if not case.reason:
        raise PolicyRefusal(
            "This needs a reason that the applicant can act on: give one."
        )
    if len(case.reason) > MAXIMUM_REASON:
        raise PolicyRefusal(
            f"The reason is longer than {MAXIMUM_REASON:,} characters: shorten it."
        )


def _form(case: Case) -> None:
    found = _PROBLEMS[Kind(case.application.kind)](case)
    if found:
        raise FormError("The form breaks these rules:", found)


def _proposal_problems(case: Case) -> list[Problem]:
    return form_rules.proposal_problems(
        case.proposal,
        case.today,
        lambda email: people.by_email(case.session, email) is not None,
    )


def _request_problems(case: Case) -> list[Problem]:
    return form_rules.request_problems(
        case.data_request, case.today, _facts(case), _catalogue(case)
    )


def _feasibility_problems(case: Case) -> list[Problem]:
    return feasibility_rules.problems(
        case.feasibility_request, case.today, _catalogue(case)
    )


def _catalogue(case: Case) -> Catalogue:
    if case.catalogue is None:
        raise PolicyRefusal(
            "The variables cannot be checked, because no snapshot of the warehouse is"
            " at hand: load one with `enclave warehouse load`."
        )
    return case.catalogue


def _facts(case: Case) -> ProjectFacts:
    project = case.project
    proposal = case.session.get_one(Application, project.proposal_id)
    approved = ProposalForm.model_validate(document(proposal))
    members = memberships.members_of(case.session, project, case.today)
    return ProjectFacts(
        slug=project.slug,
        end_date=project.end_date,
        members=frozenset(one.account for one in members),
        question_digest=approved.population.digest,
    )


def _no_committee(case: Case) -> None:
    if case.proposal.needs_committee:
        raise PolicyRefusal(
            "This proposal asks for biobank material, DNRF funding or scientific"
            " review, so the scientific advisory committee and the executive committee"
            " decide, not the CORE group alone. Return it to the applicant without"
            " those, or wait for their decision."
        )


def _approvals(case: Case) -> None:
    found = form_rules.approval_problems(case.data_request, case.today)
    if found:
        raise PolicyRefusal(
            "\n  ".join(["The approvals do not allow this:", *map(str, found)])
        )


def _project_active(case: Case) -> None:
    project = case.project
    standing = lifecycle.standing(case.session, project, case.today)
    if standing.state is not ProjectState.ACTIVE:
        raise PolicyRefusal(
            f"Project {project.slug} is {standing.state}: {standing.reason}."
        )


def _outcome(case: Case) -> None:
    if case.session.get(FeasibilityOutcome, case.application.id) is None:
        raise PolicyRefusal(
            "A feasibility request is answered with an outcome that passed the count"
            f" gate: use `enclave application answer {case.application.id}`, or the"
            " form on its page."
        )


def _name(case: Case) -> str:
    return f"{spoken(case.application.kind)} {case.application.id}"


_CHECKS: dict[Guard, Callable[[Case], None]] = {
    Guard.OWN: _own,
    Guard.NOT_OWN: _not_own,
    Guard.REASON: _reason,
    Guard.FORM: _form,
    Guard.NO_COMMITTEE: _no_committee,
    Guard.APPROVALS: _approvals,
    Guard.PROJECT_ACTIVE: _project_active,
    Guard.OUTCOME: _outcome,
}
_PROBLEMS: dict[Kind, Callable[[Case], list[Problem]]] = {
    Kind.FEASIBILITY_REQUEST: _feasibility_problems,
    Kind.PROPOSAL: _proposal_problems,
    Kind.DATA_REQUEST: _request_problems,
}
