"""What the guard *form* checks, kind by kind: the rules, with the facts they need."""

from collections.abc import Callable

from sqlalchemy import select

from enclave.cohort.question import Question
from enclave.errors import PolicyRefusal
from enclave.projects import (
    attachments,
    feasibility_rules,
    feasibility_use,
    form_rules,
    institutions,
    memberships,
    people,
    project_rules,
    register,
)
from enclave.projects.case import Case, document
from enclave.projects.form_rules import ProjectFacts
from enclave.projects.forms import (
    AmendmentForm,
    BiobankRequestForm,
    CloseOutForm,
    CprExtractForm,
    FeasibilityRequestForm,
    FormError,
    OutputRequestForm,
    OwnDataForm,
    Problem,
    RerunRequestForm,
)
from enclave.projects.in_force import approved_window, in_force, needs_ethics
from enclave.projects.machine import Kind, State
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.project_tables import Application
from enclave.warehouse.catalogue import Catalogue


def check(case: Case) -> None:
    """Refuse a form that is not complete, or breaks a rule.

    Raises
    ------
    FormError
        Naming every problem.
    """
    kind = case.application.kind
    found = _PROBLEMS[Kind(kind)](case)
    if found:
        raise FormError("The form breaks these rules:", found, kind)


def _proposal(case: Case) -> list[Problem]:
    form = case.proposal
    attached = attachments.names_in_reach(case.session, case.application)
    return [
        *form_rules.proposal_problems(form, case.today, _has_account(case)),
        *form_rules.consent_problems(form, attached),
        *form_rules.unauthorised_hosts(form.group, _is_host(case)),
        *feasibility_use.problems(case.session, case.application, case.today),
    ]


def _data_request(case: Case) -> list[Problem]:
    return form_rules.request_problems(
        case.data_request, case.today, _facts(case), _catalogue(case)
    )


def _feasibility(case: Case) -> list[Problem]:
    form = case.form_as(FeasibilityRequestForm)
    return feasibility_rules.problems(form, case.today, _catalogue(case))


def _biobank(case: Case) -> list[Problem]:
    form = case.form_as(BiobankRequestForm)
    return project_rules.biobank_problems(form, case.today)


def _own_data(case: Case) -> list[Problem]:
    loaded = case.session.scalars(
        select(Application).where(
            Application.kind == Kind.OWN_DATA,
            Application.state == State.LOADED,
            Application.project_number == case.project.number,
        )
    )
    tables = frozenset(document(one)["table"] for one in loaded)
    start = project_rules.OwnDataStart(
        tables=tables,
        registered=tuple(register.approvals_of(case.session, case.project)),
        needs_ethics=needs_ethics(case.session, case.project),
    )
    form = case.form_as(OwnDataForm)
    return project_rules.own_data_problems(form, case.today, start)


def _extract(case: Case) -> list[Problem]:
    form = case.form_as(CprExtractForm)
    return project_rules.extract_problems(form, case.today, _facts(case))


def _amendment(case: Case) -> list[Problem]:
    change = project_rules.Change(
        before=in_force(case.session, case.project),
        has_account=_has_account(case),
        catalogue=case.catalogue,
    )
    form = case.form_as(AmendmentForm)
    return [
        *project_rules.amendment_problems(form, case.today, change),
        *form_rules.unauthorised_hosts(form.group, _is_host(case)),
    ]


def _output(case: Case) -> list[Problem]:
    # All its rules are in the form; the files are looked at by the airlock.
    case.form_as(OutputRequestForm)
    return []


def _close_out(case: Case) -> list[Problem]:
    form = case.form_as(CloseOutForm)
    return project_rules.close_out_problems(form, case.today, _analyses(case))


def _rerun(case: Case) -> list[Problem]:
    form = case.form_as(RerunRequestForm)
    return project_rules.rerun_problems(form, case.today, _analyses(case))


def _analyses(case: Case) -> dict[str, str]:
    """Return the archived analyses of the project, each with its kernel."""
    found = select(ArchivedAnalysis.id, ArchivedAnalysis.kernel).where(
        ArchivedAnalysis.project_number == case.project.number
    )
    return {one.id: one.kernel for one in case.session.execute(found)}


def _has_account(case: Case) -> Callable[[str], bool]:
    return lambda email: people.by_email(case.session, email) is not None


def _is_host(case: Case) -> Callable[[str], bool]:
    return lambda name: institutions.is_danish_host(case.session, name, case.today)


def _catalogue(case: Case) -> Catalogue:
    if case.catalogue is None:
        raise PolicyRefusal(
            "The variables cannot be checked, because no snapshot of the warehouse is"
            " at hand: load one with `enclave warehouse load`."
        )
    return case.catalogue


def _facts(case: Case) -> ProjectFacts:
    project = case.project
    approved = Question.model_validate(in_force(case.session, project)["population"])
    members = memberships.members_of(case.session, project, case.today)
    return ProjectFacts(
        slug=project.slug,
        end_date=project.end_date,
        members=frozenset(one.account for one in members),
        question_digest=approved.digest,
        window=approved_window(case.session, project),
        needs_ethics=needs_ethics(case.session, project),
    )


_PROBLEMS: dict[Kind, Callable[[Case], list[Problem]]] = {
    Kind.FEASIBILITY_REQUEST: _feasibility,
    Kind.PROPOSAL: _proposal,
    Kind.DATA_REQUEST: _data_request,
    Kind.BIOBANK_REQUEST: _biobank,
    Kind.OWN_DATA: _own_data,
    Kind.CPR_EXTRACT: _extract,
    Kind.AMENDMENT: _amendment,
    Kind.OUTPUT_REQUEST: _output,
    Kind.CLOSE_OUT: _close_out,
    Kind.RERUN_REQUEST: _rerun,
}
