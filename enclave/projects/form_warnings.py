"""What looks odd in a form but may be right: the applicant decides."""

from collections.abc import Iterator
from types import MappingProxyType

from enclave.cohort.lint import lint_alone
from enclave.cohort.question import Question
from enclave.projects import approvals as rules
from enclave.projects import departments, figures, suitability
from enclave.projects.approvals import Approval, Authority
from enclave.projects.forms import (
    AmendmentForm,
    FeasibilityRequestForm,
    Form,
    Problem,
    ProposalForm,
)


_EU_AND_EEA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    " IS LI NO"
)


def warnings(
    form: Form,
    attached: frozenset[str] = frozenset(),
    known: departments.Known = MappingProxyType({}),
) -> list[Problem]:
    """Return what a person should look at again.

    Parameters
    ----------
    attached
        Names of the files that are attached to it, or elsewhere in its project.
    known
        The departments that there are, where a list of them is.
    """
    approvals: tuple[Approval, ...] = getattr(form, "approvals", ())
    found = [
        Problem(f"approvals[{number}].journal_number", text)
        for number, approval in enumerate(approvals)
        if (text := rules.unusual_number(approval))
    ]
    found += _letters(approvals, attached)
    found += _of_management(approvals)
    found += _departments(form, known)
    found += _population(form)
    if isinstance(form, ProposalForm | AmendmentForm):
        found += _third_countries(form)
    if isinstance(form, ProposalForm):
        found += figures.problems(form, attached)
        found += _images(form)
        found += [
            Problem("enclave_use", one.text) for one in suitability.findings(form)
        ]
        if not form.feasibility_done:
            found.append(
                Problem(
                    "feasibility_done",
                    "ask for a feasibility analysis first: it shows whether there are"
                    " enough patients, before others spend time on the proposal",
                )
            )
    return found


def _letters(
    approvals: tuple[Approval, ...], attached: frozenset[str]
) -> Iterator[Problem]:
    for number, approval in enumerate(approvals):
        if approval.obtained and approval.document not in attached:
            yield Problem(
                f"approvals[{number}].document",
                f"the letter of {approval.spoken()} is not attached: attach it, and"
                " give the name of the file here",
            )


def _of_management(approvals: tuple[Approval, ...]) -> Iterator[Problem]:
    held = {
        one.authority
        for one in approvals
        if one.obtained and one.authority in rules.RECORD_BASES
    }
    if held == {Authority.HOSPITAL_MANAGEMENT}:
        yield Problem(
            "approvals",
            "the hospital's management can allow the use of records only for quality"
            " projects (Sundhedsloven § 42 d): for research, obtain the regional"
            " council's approval",
        )


def _population(form: Form) -> Iterator[Problem]:
    """Say what the linter finds in the question, whatever the data are."""
    population = getattr(form, "population", None)
    if isinstance(population, Question):
        for one in lint_alone(population):
            yield Problem("population", one.message.removesuffix("."))


def _departments(form: Form, known: departments.Known) -> Iterator[Problem]:
    named: dict[str, str] = {}
    if isinstance(form, FeasibilityRequestForm):
        named = {
            "department": form.department,
            **{f"departments[{n}]": one for n, one in enumerate(form.departments)},
        }
    elif isinstance(form, ProposalForm):
        named = {
            f"other_departments[{n}].department": one.department
            for n, one in enumerate(form.other_departments)
        }
    for field, name in named.items():
        if text := departments.remark(name, known):
            yield Problem(field, text)


def _third_countries(form: ProposalForm | AmendmentForm) -> Iterator[Problem]:
    if any(one.authority is Authority.DATATILSYNET for one in form.approvals):
        return
    for number, person in enumerate(form.group):
        if person.country not in _EU_AND_EEA:
            yield Problem(
                f"group[{number}].country",
                "lies outside the EU and the EEA, where data are passed on only with"
                " the prior permission of Datatilsynet (Databeskyttelsesloven § 10):"
                " add it, or say that it is not applicable because no data leave the"
                " enclave",
            )


def _images(form: ProposalForm) -> Iterator[Problem]:
    asked = any(one.authority is Authority.VEK for one in form.approvals)
    if "images" in form.enclave_use.data_types and not asked:
        yield Problem(
            "approvals",
            "research in images by machine learning may need an ethics committee"
            " (Komitéloven, sensitive bioinformatics): ask VEK, or say that it is not"
            " applicable",
        )
