"""What looks odd in a form but may be right: the applicant decides."""

from collections.abc import Iterator

from enclave.projects import approvals as rules
from enclave.projects import suitability
from enclave.projects.approvals import Approval, Authority
from enclave.projects.forms import Form, Problem, ProposalForm


# Those that PERSIMUNE's form asks about by name, needed or not.
_ASKED_ABOUT = (
    Authority.NVK,
    Authority.VEK,
    Authority.FORTEGNELSE,
    Authority.REGIONSRAAD,
    Authority.SUNDHEDSDATASTYRELSEN,
)


def warnings(form: Form, attached: frozenset[str] = frozenset()) -> list[Problem]:
    """Return what a person should look at again.

    Parameters
    ----------
    attached
        Names of the files that are attached to it, or elsewhere in its project.
    """
    approvals: tuple[Approval, ...] = getattr(form, "approvals", ())
    found = [
        Problem(f"approvals[{number}].journal_number", text)
        for number, approval in enumerate(approvals)
        if (text := rules.unusual_number(approval))
    ]
    found += _letters(approvals, attached)
    if isinstance(form, ProposalForm):
        found += _unmentioned(approvals)
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


def _unmentioned(approvals: tuple[Approval, ...]) -> Iterator[Problem]:
    named = {one.authority for one in approvals}
    missing = [one.value for one in _ASKED_ABOUT if one not in named]
    if Authority.COHORT_APPROVAL not in named and missing:
        yield Problem(
            "approvals",
            f"nothing is said about {', '.join(missing)}: say of each whether it is"
            " obtained, pending or not applicable",
        )
