"""What each guard of the transition tables checks. A guard refuses, or does nothing."""

from collections.abc import Callable

from enclave.errors import PolicyRefusal
from enclave.projects import (
    evidence,
    form_checks,
    form_rules,
    kinds,
    lifecycle,
    ownership,
    records,
    reviews,
)
from enclave.projects.case import Case
from enclave.projects.forms import AmendmentForm, BiobankRequestForm
from enclave.projects.in_force import needs_ethics
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import Guard, Kind, State, Transition, spoken
from enclave.store.feasibility_tables import FeasibilityOutcome
from enclave.store.return_tables import ProjectDestruction


MAXIMUM_REASON = 4_000


def check(guard: Guard, case: Case, way: Transition | None = None) -> None:
    """Check one guard.

    Parameters
    ----------
    way
        The transition that is tried; null for what is no transition, such as an edit.

    Raises
    ------
    PolicyRefusal
        If the case does not meet it.
    FormError
        If the form has problems; all of them are named.
    """
    if guard is Guard.EVIDENCE:
        _evidence(case, way)
    else:
        _CHECKS[guard](case)


def _own(case: Case) -> None:
    if not ownership.leads(case.session, case.application, case.account):
        raise PolicyRefusal(
            f"{case.account.name} neither made {_name(case)} nor leads its project:"
            " ask the person who did."
        )


def _made(case: Case) -> None:
    if case.application.created_by != case.account.name:
        raise PolicyRefusal(
            f"{case.account.name} did not make {_name(case)}: ask"
            f" {case.application.created_by}, who did."
        )


def _not_own(case: Case) -> None:
    if ownership.takes_part(case.session, case.application, case.account):
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {case.account.name} takes part"
            f" in {_name(case)}: leave it to a colleague."
        )
    if ownership.barred(case.session, case.application, case.account):
        raise PolicyRefusal(
            f"{case.account.name} declared an interest in {_name(case)} and stepped"
            " aside: leave it to a colleague."
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


def _no_committee(case: Case) -> None:
    if _needs_committee(case):
        raise PolicyRefusal(
            f"This {spoken(case.application.kind)} asks for biobank material, DNRF"
            " funding or scientific review, so the scientific advisory committee and"
            " the executive committee decide, not the CORE group alone. Send it to the"
            " committees, or return it to the applicant without those."
        )


def _committee_heard(case: Case) -> None:
    steps = records.steps(case.session, case.application)
    if not any(one.from_state == State.EXCOM_DECISION for one in steps):
        _no_committee(case)


def _needs_committee(case: Case) -> bool:
    if case.application.kind == Kind.AMENDMENT:
        return case.form_as(AmendmentForm).needs_committee
    return case.proposal.needs_committee


def _votes(case: Case) -> None:
    voting = kinds.of(case.application.kind).voting
    if voting is None:
        raise TypeError(f"nobody votes on a {case.application.kind}")
    given = reviews.votes_on(case.session, case.application)
    if len(given) < voting.at_least:
        raise PolicyRefusal(
            f"{len(given)} of at least {voting.at_least} reviewers have voted on"
            f" {_name(case)}: remind the others of the {voting.role.upper()}."
        )


def _approvals(case: Case) -> None:
    found = form_rules.approval_problems(
        case.data_request,
        case.today,
        needs_ethics=needs_ethics(case.session, case.project),
    )
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


def _project_open(case: Case) -> None:
    # A suspended project may be amended, and one past its last day prolonged.
    if case.project.state == ProjectState.CLOSED:
        raise PolicyRefusal(
            f"Project {case.project.slug} is closed: propose a new one."
        )
    if case.session.get(ProjectDestruction, case.project.number) is not None:
        raise PolicyRefusal(
            f"The data of project {case.project.slug} are being destroyed, and it is"
            " closed then: propose a new one."
        )


def _enough(case: Case) -> None:
    if case.figure is None:
        raise PolicyRefusal("Say how many samples are available: give the number.")
    wanted = case.form_as(BiobankRequestForm).samples
    if case.figure < wanted:
        raise PolicyRefusal(
            f"{wanted:,} samples are asked for and {case.figure:,} are available:"
            " return the request, so that the applicant asks for fewer."
        )


def _past_due(case: Case) -> None:
    due = case.form_as(BiobankRequestForm).results_by
    if case.today <= due:
        raise PolicyRefusal(f"The results are due on {due}: wait until it has passed.")


def _second_person(case: Case) -> None:
    steps = records.steps(case.session, case.application)
    first = next(one.actor for one in reversed(steps) if one.action == "release_first")
    if first == case.account.name:
        raise PolicyRefusal(
            f"Two persons release a list of CPR numbers, and {first} was the first:"
            " leave the second release to a colleague."
        )


def _evidence(case: Case, way: Transition | None) -> None:
    name = way.evidence if way else ""
    if evidence.find(case.session, case.application, name) is None:
        raise PolicyRefusal(
            f"Nothing is on record yet of the {spoken(name)} of {_name(case)}: it is"
            " written down by the part of the enclave that does it, so start it there."
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
    Guard.MADE: _made,
    Guard.NOT_OWN: _not_own,
    Guard.REASON: _reason,
    Guard.FORM: form_checks.check,
    Guard.NO_COMMITTEE: _no_committee,
    Guard.COMMITTEE_HEARD: _committee_heard,
    Guard.VOTES: _votes,
    Guard.APPROVALS: _approvals,
    Guard.PROJECT_ACTIVE: _project_active,
    Guard.PROJECT_OPEN: _project_open,
    Guard.OUTCOME: _outcome,
    Guard.ENOUGH: _enough,
    Guard.PAST_DUE: _past_due,
    Guard.SECOND_PERSON: _second_person,
}
