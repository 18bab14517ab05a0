"""The journey, step by step."""

from enclave.tour import data_steps, decision_steps, result_steps
from enclave.tour.journey import Step


UNTIL_DELIVERY = [
    Step("prepare", "People and an empty installation", data_steps.prepare),
    Step("load", "Load the source into a snapshot", data_steps.load),
    Step("search", "Search the catalogue", data_steps.search),
    Step("ask", "Ask a question", data_steps.ask),
    Step("count", "See a protected count", data_steps.count),
    Step("propose", "Propose a project", decision_steps.propose),
    Step("approve", "Review and approve it", decision_steps.approve),
    Step("request", "Request the data", decision_steps.request),
    Step("issue_grant", "Issue the grant", decision_steps.issue_grant),
    Step("deliver_data", "Deliver", result_steps.deliver_data),
]

JOURNEY = [
    *UNTIL_DELIVERY,
    Step("install_kernel", "Install the kernel", result_steps.install_kernel),
    Step(
        "archive",
        "Run the analysis in the sandbox and archive it",
        result_steps.archive,
    ),
    Step("rerun_analysis", "Execute it again and compare", result_steps.rerun_analysis),
    Step("verify", "Check certificate and audit log", result_steps.verify),
]
