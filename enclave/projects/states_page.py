"""Write ``docs/reference/states.md`` from the transition tables.

``python -m enclave.projects.states_page docs/reference/states.md``
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from enclave.projects import kinds, machine
from enclave.projects.machine import Guard, Kind, Transition, spoken
from enclave.projects.people import Role


GUARDS = {
    Guard.OWN: "the actor made the application or leads its project",
    Guard.NOT_OWN: (
        "the actor takes no part in it, and has not stepped aside: nobody decides on"
        " their own project"
    ),
    Guard.REASON: "a reason is given",
    Guard.FORM: "the form is complete and follows every rule",
    Guard.MADE: "the actor made the application",
    Guard.NO_COMMITTEE: (
        "no biobank material, DNRF funding or scientific review is asked for; those"
        " need the committees"
    ),
    Guard.COMMITTEE_HEARD: (
        "the executive committee has decided on it before, or need not"
    ),
    Guard.VOTES: "at least two reviewers have voted on the form as it is",
    Guard.APPROVALS: (
        "every approval is obtained, in force today, and covers the data window"
    ),
    Guard.OUTCOME: "an outcome was released to the applicant in the same transaction",
    Guard.ENOUGH: "as many samples are available as are asked for, or more",
    Guard.PAST_DUE: "the day on which results were due has passed",
    Guard.SECOND_PERSON: "the actor is not the one who released it first",
    Guard.EVIDENCE: (
        "the part of the enclave that does the work has put it on record, for this"
        " version of the form"
    ),
    Guard.PROJECT_OPEN: "the project is not closed",
    Guard.PROJECT_ACTIVE: "the project is active: not suspended, not past its last day",
}


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# States of applications"
    yield ""
    yield "Made from `enclave/projects/transitions.yaml` and `kinds.yaml`; do not edit."
    yield "Every cell of the matrices is tried in `tests/unit/projects/test_matrix.py`."
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
    yield from _about(kind)
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
        voting = kinds.of(kind).voting
        votes = voting.role if voting and voting.state == state else None
        cells = [
            ", ".join(
                [
                    *(spoken(one.action) for one in leaving if role in one.roles),
                    *(["vote"] if role == votes else []),
                ]
            )
            for role in Role
        ]
        yield f"| {spoken(state)} | {' | '.join(cells)} |"


def _about(kind: Kind) -> Iterator[str]:
    rules = kinds.of(kind)
    yield f"Made by: {_list(tuple(sorted(rules.by)))}."
    if rules.in_project:
        yield "Belongs to an approved project."
    yield f"Comments: {_list(tuple(sorted(rules.commentators)))}."
    if rules.voting:
        yield (
            f"In {spoken(rules.voting.state)} the {spoken(rules.voting.role)} votes;"
            f" {rules.voting.at_least} votes at least."
        )
    days = ", ".join(f"{spoken(one)} {days}" for one, days in rules.days.items())
    yield f"Days until somebody should have acted: {days}."


def _row(one: Transition) -> str:
    asked = f" ({spoken(one.figure)})" if one.figure else ""
    guards = [
        f"evidence of {spoken(one.evidence)}"
        if guard is Guard.EVIDENCE
        else spoken(guard)
        for guard in one.guards
    ]
    who = _list(one.roles) or "the enclave itself"
    return (
        f"| {spoken(one.action)}{asked} | {_list(one.sources)} | {spoken(one.target)} |"
        f" {who} | {', '.join(guards)} |"
    )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(spoken(name) for name in names)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
