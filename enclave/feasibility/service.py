"""Feasibility as everybody sees it: portal, command line, dashboards and the tour."""

from dataclasses import dataclass

from enclave.clock import Clock, now
from enclave.cohort.attrition import steps
from enclave.cohort.question import Question
from enclave.disclosure.budget import Asker, Budget
from enclave.disclosure.gate import Counter, Gate, ProtectedCount
from enclave.disclosure.policy import Policy, policy
from enclave.disclosure.secret import gate_secret
from enclave.errors import PolicyRefusal
from enclave.feasibility.counting import count
from enclave.feasibility.release import released_snapshot
from enclave.projects import people
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class ProtectedStep:
    """How many remain after a step, and what the step is called."""

    label_en: str
    label_da: str
    value: int | None
    shown: str


@dataclass(frozen=True)
class ProtectedAttrition:
    """The steps of a question, the first one before any criterion."""

    steps: tuple[ProtectedStep, ...]
    budget_left: int
    snapshot: int


class FeasibilityService:
    """Answers questions through the count gate, and never without it.

    Each question costs a person one of the budget the first time, also as a step of an
    attrition; see :mod:`enclave.disclosure.gate`.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._warehouse = Warehouse(settings)
        self._gate = Gate(database, policy(), gate_secret(settings))

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self._gate.policy

    def count(
        self, account: str, question: Question, *, clock: Clock = now
    ) -> ProtectedCount:
        """Return a protected count of a question's cohort.

        Raises
        ------
        NotFoundError
            If the person has no account, or if nothing was loaded yet.
        PolicyRefusal
            If the question is too fine, or the budget is used up.
        """
        asker = self._asker(account)
        number, counter = self._released()
        return self._gate.ask(asker, question, number, counter, clock=clock)

    def attrition(
        self, account: str, question: Question, *, clock: Clock = now
    ) -> ProtectedAttrition:
        """Return how many remain step by step; all steps or none.

        Raises
        ------
        NotFoundError, PolicyRefusal
            As :meth:`count`; also if the budget does not suffice for all new steps.
        """
        asker = self._asker(account)
        number, counter = self._released()
        named = steps(question)
        counts = self._gate.ask_each(
            asker, [step.question for step in named], number, counter, clock=clock
        )
        return ProtectedAttrition(
            steps=tuple(
                ProtectedStep(step.label_en, step.label_da, one.value, one.shown)
                for step, one in zip(named, counts, strict=True)
            ),
            budget_left=counts[-1].budget_left,
            snapshot=number,
        )

    def budget(self, account: str, *, clock: Clock = now) -> Budget:
        """Return how many new questions a person may still ask."""
        return self._gate.budget(self._asker(account), clock=clock)

    def _asker(self, account: str) -> Asker:
        with self._database.begin() as session:
            person = people.get(session, account)
        if not people.MAY_COUNT & person.roles:
            raise PolicyRefusal(
                f"{account} may not count patients: that is for"
                f" {', '.join(sorted(people.MAY_COUNT))}. Ask a data manager for the"
                " role."
            )
        return Asker(person.name, person.institution)

    def _released(self) -> tuple[int, Counter]:
        number = released_snapshot(self._warehouse.snapshots(), self.policy)
        snapshot = self._warehouse.snapshot(number)
        return number, lambda question: count(question, snapshot)
