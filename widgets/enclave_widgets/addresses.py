"""Where a question can go: addresses with the question in them.

Nothing takes one in which the question does not fit.
"""

from enclave.cohort.packing import pack
from enclave.cohort.question import Question
from enclave_widgets.client import PREFIX


DASHBOARD = "/services/feasibility/"


def proposal_address(question: Question) -> str:
    """Return the address at which the portal offers a proposal with a question."""
    return f"{PREFIX}/proposals/new?question={pack(question)}"


def atlas_address(question: Question) -> str:
    """Return the address at which the portal writes a question for ATLAS."""
    return f"{PREFIX}/atlas?question={pack(question)}"


def shared_address(question: Question) -> str:
    """Return the address at which the dashboard opens with a question."""
    # It opens with the empty one anyway.
    return (
        DASHBOARD
        if question == Question()
        else f"{DASHBOARD}?question={pack(question)}"
    )
