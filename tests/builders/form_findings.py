"""What the rules find in forms that are right but for what is changed."""

from datetime import timedelta

from enclave.projects import form_rules
from enclave.projects.form_rules import ProjectFacts
from enclave.projects.forms import read
from tests.builders.projects import (
    QUESTION,
    TODAY,
    catalogue,
    proposal_form,
    request_form,
)


def approval(authority: str = "vek", **changes) -> dict:
    return {
        "authority": authority,
        "journal_number": "H-20012345",
        "decision_date": "2020-03-01",
        **changes,
    }


FORTEGNELSE = approval("fortegnelse", journal_number="P-2020-123")


USE = {"tools": ["r"], "gigabytes": 1, "outputs_per_month": 1}
APPROVALS = (FORTEGNELSE, approval())


FACTS = ProjectFacts(
    slug="demo",
    end_date=TODAY + timedelta(days=100),
    members=frozenset({"rikke", "anne"}),
    question_digest=QUESTION.digest,
)


def of_proposal(accounts=("rikke@demo.example",), **changes) -> dict[str, str]:
    form = read("proposal", proposal_form(**changes))
    found = form_rules.proposal_problems(form, TODAY, lambda mail: mail in accounts)
    return {one.field: one.message for one in found}


def of_proposal_as_it_is(**changes) -> dict[str, str]:
    """What is found where no other approvals are said to be of no need."""
    form = read("proposal", proposal_form() | changes)
    found = form_rules.proposal_problems(form, TODAY, lambda _: True)
    return {one.field: one.message for one in found}


def of_request(approvals=APPROVALS, **changes) -> dict[str, str]:
    document = {
        **request_form(approvals=list(approvals)),
        "population": QUESTION.model_dump(mode="json"),
        "end_date": (TODAY + timedelta(days=30)).isoformat(),
        **changes,
    }
    form = read("data_request", document)
    found = form_rules.request_problems(form, TODAY, FACTS, catalogue())
    return {one.field: one.message for one in found}
