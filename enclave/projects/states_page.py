"""Write ``docs/reference/states.md`` from the transition tables.

``python -m enclave.projects.states_page docs/reference/states.md``
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from enclave.projects import machine
from enclave.projects.machine import Guard, Kind, Transition, spoken
from enclave.projects.people import Role


GUARDS = {
    Guard.OWN: "the actor made the application or leads its project",
    Guard.NOT_OWN: "the actor takes no part in it: nobody decides on their own project",
    Guard.REASON: "a reason is given",
    Guard.FORM: "the form is complete and follows every rule",
    Guard.NO_COMMITTEE: (
        "no biobank material, DNRF funding or scientific review is asked for; those"
        " need the committees"
    ),
    Guard.APPROVALS: (
        "every approval is obtained, in force today, and covers the data window"
    ),
    Guard.OUTCOME: "an outcome was released to the applicant in the same transaction",
    Guard.PROJECT_ACTIVE: "the project is active: not suspended, not past its last day",
}


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# States of applications"
    yield ""
    yield "Made from `enclave/projects/transitions.yaml`; do not edit. Every cell of"
    yield "the matrices is tried in `tests/unit/projects/test_matrix.py`."
    yield ""
    yield "## Guards"
    yield ""
    for guard in Guard:
        yield f"* **{spoken(guard)}**: {GUARDS[guard]}."
    for kind in Kind:
        yield from _section(kind)


def _section(kind: Kind) -> Iterator[str]:
    rows = [one for one in machine.TRANSITIONS if one.kind == kind]
    yield ""
    yield f"## {spoken(kind).capitalize()}"
    yield ""
    yield "| action | from | to | roles | guards |"
    yield "|---|---|---|---|---|"
    for one in rows:
        yield _row(one)
    yield ""
    yield "Who may do what in which state:"
    yield ""
    yield f"| state | {' | '.join(spoken(role) for role in Role)} |"
    yield "|---|" + "---|" * len(Role)
    for state in machine.states(kind):
        leaving = machine.leaving(kind, state)
        cells = [
            ", ".join(spoken(one.action) for one in leaving if role in one.roles)
            for role in Role
        ]
        yield f"| {spoken(state)} | {' | '.join(cells)} |"


def _row(one: Transition) -> str:
    return (
        f"| {spoken(one.action)} | {_list(one.sources)} | {spoken(one.target)} |"
        f" {_list(one.roles)} | {_list(one.guards)} |"
    )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(spoken(name) for name in names)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
