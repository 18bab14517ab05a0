"""Rules of what is applied for within a project, beside the data request.

Each function returns every problem it finds, so that a person corrects a form once.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from enclave.cohort.question import Question
from enclave.errors import InputError, NotFoundError
from enclave.projects import approval_rules, form_rules
from enclave.projects.approvals import Approval, Authority
from enclave.projects.form_rules import ProjectFacts
from enclave.projects.forms import (
    AmendmentForm,
    BiobankRequestForm,
    CloseOutForm,
    CprExtractForm,
    OwnDataForm,
    Problem,
    RerunRequestForm,
)
from enclave.projects.forms.cpr_extract import BASES, ExtractPurpose
from enclave.sandbox import released_kernels
from enclave.warehouse.catalogue import Catalogue


@dataclass(frozen=True)
class Change:
    """What an amendment starts from, and who and what there is.

    Attributes
    ----------
    before
        The fields in force, as :func:`enclave.projects.in_force.in_force` has them.
    """

    before: dict[str, Any]
    has_account: Callable[[str], bool]
    catalogue: Catalogue | None


@dataclass(frozen=True)
class OwnDataStart:
    """What a project has when it describes data of its own.

    Attributes
    ----------
    tables
        The names it has loaded before.
    registered
        The approvals on its register.
    needs_ethics
        True where it uses biological material or genomes.
    """

    tables: frozenset[str] = frozenset()
    registered: tuple[Approval, ...] = ()
    needs_ethics: bool = False


def biobank_problems(form: BiobankRequestForm, today: date) -> list[Problem]:
    """Return what keeps a biobank request from being submitted or approved."""
    found = [
        *approval_rules.approval_faults(form.approvals, today),
        *approval_rules.fortegnelse(form.approvals),
        *approval_rules.ethics_committee(form.approvals, today),
    ]
    if form.days_from > form.days_to:
        found.append(
            Problem("days_to", "is before the first day: swap the two numbers")
        )
    if form.results_by < today:
        found.append(Problem("results_by", "has passed: give a day from today on"))
    return found


def own_data_problems(
    form: OwnDataForm, today: date, start: OwnDataStart
) -> list[Problem]:
    """Return what keeps a description of own data from being submitted."""
    tables = start.tables
    found = [*approval_rules.approval_faults(form.approvals, today)]
    if start.needs_ethics:
        held = (*form.approvals, *start.registered)
        found += approval_rules.ethics_committee(held, today)
    if form.update == "existing" and form.table not in tables:
        found.append(
            Problem("table", "the project has no such table yet: choose a new one")
        )
    if form.update == "new" and form.table in tables:
        found.append(
            Problem(
                "table",
                "the project has a table of that name: choose another name, or say"
                " that this is an update",
            )
        )
    return found


def extract_problems(
    form: CprExtractForm, today: date, facts: ProjectFacts
) -> list[Problem]:
    """Return what keeps a list of CPR numbers from being released."""
    return [
        *approval_rules.approval_faults(form.approvals, today),
        *approval_rules.fortegnelse(form.approvals),
        *approval_rules.pending(form.approvals),
        *approval_rules.in_force(form.approvals, form.window, today),
        *form_rules.same_population(form.population, facts),
        *_extract_basis(form),
        *_biobank_approval(form),
        *_recipient(form, facts),
    ]


def amendment_problems(
    form: AmendmentForm, today: date, change: Change
) -> list[Problem]:
    """Return what keeps an amendment from being submitted or approved."""
    found = [
        *approval_rules.approval_faults(form.approvals, today),
        *form_rules.accounts(form.group, change.has_account),
        *form_rules.danish_hosts(form.group),
        *form_rules.end_date(form.end_date, today),
    ]
    if form.biobank_material:
        found += approval_rules.ethics_committee(form.approvals, today)
    if change.catalogue is not None:
        found += form_rules.variable_problems(form.variables, change.catalogue)
    if not _changes_anything(form, change.before):
        found.append(
            Problem(
                "form",
                "changes nothing: change what shall be different, or withdraw it",
            )
        )
    return found


def close_out_problems(
    form: CloseOutForm, today: date, analyses: Container[str]
) -> list[Problem]:
    """Return what keeps a project from being closed. ``analyses`` are its archived."""
    found = [
        Problem(
            f"analyses[{number}]",
            f"{name} is not among the archived analyses of this project: archive it"
            " first, or correct its name",
        )
        for number, name in enumerate(form.analyses)
        if name not in analyses
    ]
    if form.data_gone_on > today:
        found.append(
            Problem("data_gone_on", "lies in the future: close the project after it")
        )
    return found


def rerun_problems(
    form: RerunRequestForm, today: date, analyses: Mapping[str, str]
) -> list[Problem]:
    """Return what keeps a re-run from being asked for.

    ``analyses`` are the project's archived ones, each with its kernel.
    """
    found = []
    if form.analysis not in analyses:
        found.append(
            Problem("analysis", "is not archived in this project: correct its name")
        )
    elif form.kernel:
        found += _kernel_problems(form.kernel, analyses[form.analysis])
    if form.deadline is not None and form.deadline < today:
        found.append(Problem("deadline", "has passed: give a day from today on"))
    return found


def _kernel_problems(wanted: str, recorded: str) -> Iterator[Problem]:
    try:
        released_kernels.check_same_language(wanted, recorded)
    except (InputError, NotFoundError):
        yield Problem(
            "kernel",
            "is no released kernel of the analysis's language: name another release of"
            " its own, or leave it empty",
        )


def _extract_basis(form: CprExtractForm) -> Iterator[Problem]:
    wanted = BASES[form.purpose]
    held = [one for one in form.approvals if one.obtained and one.authority in wanted]
    if not held:
        names = " or ".join(sorted(one.value for one in wanted))
        yield Problem(
            "approvals",
            f"a list of persons for the purpose {form.purpose} rests on {names}"
            " (Sundhedsloven § 46, Komitéloven): add the one you obtained",
        )
    elif not form.quality_project and all(map(_of_management, held)):
        yield Problem(
            "approvals",
            "the hospital's management can allow it only for quality projects"
            " (Sundhedsloven § 42 d): obtain the regional council's approval",
        )


def _of_management(approval: Approval) -> bool:
    return approval.authority is Authority.HOSPITAL_MANAGEMENT


def _biobank_approval(form: CprExtractForm) -> Iterator[Problem]:
    if form.purpose is ExtractPurpose.LINKAGE and not form.biobank_approval.strip():
        yield Problem(
            "biobank_approval",
            "is missing: linkage to other registers takes the biobank's approval too",
        )


def _recipient(form: CprExtractForm, facts: ProjectFacts) -> Iterator[Problem]:
    if form.recipient not in facts.members:
        yield Problem(
            "recipient",
            f"is not a member of {facts.slug}: only members may have the list",
        )


def _changes_anything(form: AmendmentForm, before: dict[str, Any]) -> bool:
    after = form.model_dump(mode="json", exclude_none=True)
    same = {"project", "reason", "biobank_material", "approvals", "population", "group"}
    if form.approvals or form.biobank_material:
        return True
    asked = form.population.digest
    if asked != Question.model_validate(before["population"]).digest:
        return True
    if {(one.email, one.role) for one in form.group} != {
        (one["email"].lower(), one.get("role", "member")) for one in before["group"]
    }:
        return True
    return any(
        after.get(name) != before.get(name) and (after.get(name) or before.get(name))
        for name in AmendmentForm.model_fields
        if name not in same
    )
