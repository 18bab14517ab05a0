"""Filled-in forms for the demonstration, the tour and whoever wants an example."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from enclave.cohort.question import Question
from enclave.projects.approvals import ASKED_ABOUT


_SECTIONS = {
    "background": "Routine data of the hospital may answer this question within weeks.",
    "hypothesis": "The exposure is associated with the outcome after adjustment.",
    "aims": "To estimate the association, with its uncertainty, in our own patients.",
    "public_summary": (
        "We study how patients fare after a first diagnosis, to treat them better."
    ),
    "variables_wanted": "Age, sex, diagnoses, laboratory values and date of death.",
    "exposures": "As defined by the codes of the study population's index event.",
    "outcomes": "The first outcome event after the index date, or death.",
    "statistical_plan": (
        "Kaplan-Meier estimates and a Cox model adjusted for age and sex; the number of"
        " events in the feasibility count allows for five covariates."
    ),
    "data_management": (
        "All work is done in the project's workspace on pseudonymised, minimised data;"
        " only checked aggregates leave it (GDPR article 89)."
    ),
    "ethics": "A register study without contact to patients, in pseudonymised data.",
    "timeline": "Analysis within six months, manuscript within twelve months.",
    "funding": "Internal funds of the department; no commercial interests.",
    "publication_plan": (
        "One open-access paper, positive or not; authorship by the Vancouver rules."
    ),
    "relevance": "Infections and immune deficiency are at the centre of the warehouse.",
}


def proposal(question: Question, *, today: date, **changes: Any) -> dict[str, Any]:
    """Return a proposal by the demo researcher that can be submitted and approved.

    Of authorities that the approvals do not name, it says that they are not needed.
    """
    obtained = changes.pop("approvals", None)
    obtained = approvals(today) if obtained is None else obtained
    return {
        "title": "Outcome after a first diagnosis: a cohort study in routine data",
        "short_name": "demo",
        "group": [
            {
                "name": "Rikke Researcher",
                "email": "rikke@demo.example",
                "institution": "Rigshospitalet (demo)",
                "role": "leader",
            }
        ],
        "population": question.model_dump(mode="json"),
        "approvals": [*obtained, *not_needed(obtained)],
        "feasibility_done": True,
        **_SECTIONS,
        "enclave_use": {
            "tools": ["python", "r"],
            "data_types": ["tables"],
            "gigabytes": 20,
            "outputs_per_month": 2,
        },
        "end_date": (today + timedelta(days=730)).isoformat(),
        "will_return_data_and_code": True,
        **changes,
    }


def approvals(today: date) -> list[dict[str, Any]]:
    """Return the two approvals that a study of patient records cannot do without."""
    decided = (today - timedelta(days=60)).isoformat()
    return [
        {
            "authority": "fortegnelse",
            "journal_number": "P-2026-123",
            "decision_date": decided,
            "document": "fortegnelse.pdf",
        },
        {
            "authority": "regionsraad",
            "journal_number": "R-26012345",
            "decision_date": decided,
            "document": "regionsraad.pdf",
            "expires": (today + timedelta(days=730)).isoformat(),
        },
    ]


def not_needed(beside: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say of each authority that is asked about, and has no approval, that none is."""
    named = {one["authority"] for one in beside}
    return [
        {"authority": one.value, "status": "not_applicable"}
        for one in ASKED_ABOUT
        if one not in named
    ]


def data_request(
    project: str, variables: Iterable[str], window: tuple[date, date], **changes: Any
) -> dict[str, Any]:
    """Return a data request by the demo researcher.

    Population, approvals and end date are left out: the project knows them.
    """
    names = list(variables)
    return {
        "project": project,
        "variables": names,
        "justifications": dict.fromkeys(
            names, "Needed for the adjusted model of the analysis plan."
        ),
        "window": {"start": window[0].isoformat(), "end": window[1].isoformat()},
        "date_policy": "real",
        "members": ["rikke"],
        **changes,
    }


def feasibility_request(
    question: Question,
    variables: Iterable[str],
    window: tuple[date, date],
    **changes: Any,
) -> dict[str, Any]:
    """Return a feasibility request by the demo researcher that can be submitted."""
    return {
        "title": "Are there enough patients with a first diagnosis?",
        "department": "Department of infectious diseases (demo)",
        "purpose": (
            "To see whether a cohort study of patients with a first diagnosis has"
            " the power that its plan asks for."
        ),
        "population": question.model_dump(mode="json"),
        "departments": ["Department of infectious diseases (demo)"],
        "variables": list(variables),
        "window": {"start": window[0].isoformat(), "end": window[1].isoformat()},
        **changes,
    }
