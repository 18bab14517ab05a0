"""What each kind of application is, beside its states and its form: ``kinds.yaml``."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from enclave.cohort.wording import Language
from enclave.projects import machine
from enclave.projects.machine import Guard, Kind, State
from enclave.projects.people import Role


@dataclass(frozen=True)
class Voting:
    """In which state which role votes, and how many must."""

    state: State
    role: Role
    at_least: int


@dataclass(frozen=True)
class KindRules:
    """One kind.

    Attributes
    ----------
    name
        What it is called, by language.
    by
        Roles that may make one.
    in_project
        True where it belongs to an approved project.
    carries
        Fields that are taken from the project where the applicant leaves them out.
    again
        Fields that a new one begins with as the last of its kind had them.
    commentators
        Roles that may comment on its sections: whoever decides on it, and more.
    decided
        States that are a decision.
    days
        Days until somebody should have acted, state by state.
    """

    name: dict[Language, str]
    by: frozenset[Role]
    in_project: bool
    carries: tuple[str, ...]
    again: tuple[str, ...]
    commentators: frozenset[Role]
    voting: Voting | None
    decided: frozenset[State]
    days: dict[State, int]

    @property
    def whose(self) -> Guard:
        """The guard that says who may change the form."""
        return Guard.OWN if Role.RESEARCHER in self.by else Guard.MADE


def of(kind: str) -> KindRules:
    """Return the rules of a kind."""
    return _RULES[machine.kind(kind)]


def called(kind: str, language: Language) -> str:
    """Return what a kind is called, as a heading has it."""
    name = of(kind).name[language]
    return name[0].upper() + name[1:]


def deciders(kind: str, state: str | None = None) -> frozenset[Role]:
    """Return the roles that decide on a kind, or only those that do in a state."""
    rows = [
        one
        for one in machine.TRANSITIONS
        if one.kind == kind
        and not one.by_applicant
        and (state is None or state in one.sources)
    ]
    voting = _RULES[machine.kind(kind)].voting
    voters = {voting.role} if voting and state in (None, voting.state) else set()
    return frozenset({role for one in rows for role in one.roles} | voters)


def _rules(kind: Kind, row: dict[str, Any]) -> KindRules:
    votes = row.get("votes")
    voting = (
        Voting(State(votes["state"]), Role(votes["by"]), votes["at_least"])
        if votes
        else None
    )
    decide = {
        role
        for one in machine.TRANSITIONS
        if one.kind == kind and not one.by_applicant
        for role in one.roles
    }
    return KindRules(
        name=row["name"],
        by=frozenset(map(Role, row["by"])),
        in_project=row.get("project", False),
        carries=tuple(row.get("carries", ())),
        again=tuple(row.get("again", ())),
        commentators=frozenset(
            {
                *decide,
                *map(Role, row.get("comments", ())),
                *({voting.role} if voting else ()),
            }
        ),
        voting=voting,
        decided=frozenset(map(State, row["decided"])),
        days={State(state): days for state, days in row["days"].items()},
    )


_RULES = {
    Kind(name): _rules(Kind(name), row)
    for name, row in yaml.safe_load(
        (files(__package__) / "kinds.yaml").read_text("utf-8")
    ).items()
}
