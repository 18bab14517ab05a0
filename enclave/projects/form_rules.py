"""Rules of the forms that need more than the form: today, the catalogue, the project.

Each function returns every problem it finds, so that a person corrects a form once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from enclave.cohort.question import Question
from enclave.errors import NotFoundError
from enclave.projects import approval_rules
from enclave.projects.approvals import Authority
from enclave.projects.forms import (
    DataRequestForm,
    GroupMember,
    Problem,
    ProposalForm,
    Window,
)
from enclave.warehouse.catalogue import Catalogue


@dataclass(frozen=True)
class ProjectFacts:
    """What an approved project already fixes for its data requests.

    Attributes
    ----------
    window
        The period that was approved; null where none was named.
    needs_ethics
        True where it uses biological material or genomes.
    """

    slug: str
    end_date: date
    members: frozenset[str]
    question_digest: str
    window: Window | None = None
    needs_ethics: bool = False


def proposal_problems(
    form: ProposalForm, today: date, has_account: Callable[[str], bool]
) -> list[Problem]:
    """Return what keeps a proposal from being submitted or approved."""
    return [
        *approval_rules.approval_faults(form.approvals, today),
        *approval_rules.fortegnelse(form.approvals),
        *approval_rules.unmentioned(form.approvals),
        *_ethics_asked(form),
        *_within_approvals(form, today),
        *accounts(form.group, has_account),
        *danish_hosts(form.group),
        *end_date(form.end_date, today),
    ]


def consent_problems(form: ProposalForm, attached: frozenset[str]) -> Iterator[Problem]:
    """Find departments whose written approval is not attached."""
    for number, consent in enumerate(form.other_departments):
        if consent.document not in attached:
            yield Problem(
                f"other_departments[{number}].document",
                f"the approval of {consent.department} is not attached: attach what its"
                " head signed, and give the name of the file here",
            )


def request_problems(
    form: DataRequestForm, today: date, facts: ProjectFacts, catalogue: Catalogue
) -> list[Problem]:
    """Return what keeps a data request from being submitted."""
    return [
        *approval_rules.approval_faults(form.approvals, today),
        *approval_problems(form, today, needs_ethics=facts.needs_ethics),
        *same_population(form.population, facts),
        *variable_problems(form.variables, catalogue),
        *_undated(form, catalogue),
        *_users(form, facts),
        *end_date(form.end_date, today),
        *_within_project(form, facts),
    ]


def approval_problems(
    form: DataRequestForm, today: date, *, needs_ethics: bool
) -> list[Problem]:
    """Return what keeps data from being delivered under a request's approvals.

    All must be obtained. Of each authority that is named, one must be in force and
    cover the whole window. The fortegnelse and a basis for using patient records
    (Sundhedsloven, sections 42 d and 46) must be among them; and the ethics committee,
    where the project uses biological material or genomes.
    """
    ethics = approval_rules.ethics_committee(form.approvals, today)
    return [
        *approval_rules.pending(form.approvals),
        *approval_rules.in_force(form.approvals, form.window, today),
        *approval_rules.fortegnelse(form.approvals),
        *approval_rules.record_basis(form.approvals),
        *(ethics if needs_ethics else ()),
    ]


def accounts(
    group: tuple[GroupMember, ...], has_account: Callable[[str], bool]
) -> Iterator[Problem]:
    """Find people of a group who could not sign in."""
    for number, person in enumerate(group):
        if not has_account(person.email):
            yield Problem(
                f"group[{number}].email",
                "belongs to no account, and the group is the access list: ask a data"
                " manager to add the person first",
            )


def danish_hosts(group: tuple[GroupMember, ...]) -> Iterator[Problem]:
    """Find people from abroad whom no Danish institution answers for."""
    for number, person in enumerate(group):
        if person.country != "DK" and not person.host.strip():
            yield Problem(
                f"group[{number}].host",
                "is missing: somebody from abroad works under a Danish institution that"
                " is authorised and answers for them, so name it",
            )


def unauthorised_hosts(
    group: tuple[GroupMember, ...], is_host: Callable[[str], bool]
) -> Iterator[Problem]:
    """Find hosts of people from abroad that are no authorised Danish institution."""
    for number, person in enumerate(group):
        named = person.host.strip()
        if person.country != "DK" and named and not is_host(named):
            yield Problem(
                f"group[{number}].host",
                "is not on the register as a Danish institution that is authorised:"
                " write it as it stands there, or ask the CORE group to authorise it",
            )


def end_date(last: date, today: date) -> Iterator[Problem]:
    """Find that the last day has passed."""
    if last < today:
        yield Problem("end_date", "has passed: give a day from today on")


def _ethics_asked(form: ProposalForm) -> Iterator[Problem]:
    """Find that an ethics committee is not even asked, where it must say yes.

    It may still be awaited: samples and data are handed out only when it has decided.
    """
    if form.needs_ethics and not any(
        one.authority is Authority.VEK and one.status != "not_applicable"
        for one in form.approvals
    ):
        yield Problem(
            "approvals",
            "biological material and genomes may be used only with the approval of a"
            " research ethics committee (Komitéloven): add VEK, obtained or pending",
        )


def _within_approvals(form: ProposalForm, today: date) -> Iterator[Problem]:
    if form.window is not None:
        yield from approval_rules.in_force(form.approvals, form.window, today)


def same_population(asked: Question, facts: ProjectFacts) -> Iterator[Problem]:
    """Find that other persons are asked for than were approved."""
    if asked.digest != facts.question_digest:
        yield Problem(
            "population",
            f"is not the one that was approved for {facts.slug}: leave it out and the"
            " approved one is taken, or apply for the other population",
        )


def variable_problems(names: Sequence[str], catalogue: Catalogue) -> Iterator[Problem]:
    """Find variables that are not there, or that nobody is ever given."""
    for number, name in enumerate(names):
        field = f"variables[{number}]"
        try:
            variable = catalogue.variable(name)
        except NotFoundError as error:
            yield Problem(field, str(error).rstrip("."))
            continue
        if variable.sensitivity == "direct_identifier":
            yield Problem(
                field,
                f"{name} names persons directly and is never delivered: remove it",
            )
        elif variable.role == "person":
            yield Problem(
                field,
                f"{name} is the person key: the pseudonym comes with every table, so"
                " remove it",
            )


def _undated(form: DataRequestForm, catalogue: Catalogue) -> Iterator[Problem]:
    """Find periods of variables whose rows have no day."""
    kinds = {table.name: table.kind for table in catalogue.tables}
    for number, period in enumerate(form.periods):
        if kinds.get(period.variable.partition(".")[0]) == "person":
            yield Problem(
                f"periods[{number}]",
                f"{period.variable} is of a person and not of a day: leave its period"
                " out",
            )


def _users(form: DataRequestForm, facts: ProjectFacts) -> Iterator[Problem]:
    strangers = sorted(set(form.members) - facts.members)
    if strangers:
        yield Problem(
            "members",
            f"{', '.join(strangers)} is not a member of {facts.slug}: only members may"
            " use its data",
        )


def _within_project(form: DataRequestForm, facts: ProjectFacts) -> Iterator[Problem]:
    if form.end_date > facts.end_date:
        yield Problem(
            "end_date",
            f"is after the project's last day, {facts.end_date}: give that day or an"
            " earlier one",
        )
    asked, approved = form.window, facts.window
    if approved and not approved.start <= asked.start <= asked.end <= approved.end:
        yield Problem(
            "window",
            f"{asked.start} to {asked.end} is not inside the period that was approved"
            f" for {facts.slug} ({approved.start} to {approved.end}): narrow it, or"
            " apply for an amendment",
        )
