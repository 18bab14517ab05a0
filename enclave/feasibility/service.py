"""Feasibility as everybody sees it: portal, command line, dashboards and the tour."""

from collections.abc import Sequence
from functools import partial

from enclave.clock import Clock, now
from enclave.cohort.attrition import steps
from enclave.cohort.question import Question
from enclave.disclosure.budget import Asker, Budget
from enclave.disclosure.gate import Gate
from enclave.disclosure.layout import Layout, Sorter
from enclave.disclosure.policy import Policy, policy
from enclave.disclosure.protected import ProtectedCells, ProtectedCount
from enclave.disclosure.secret import gate_secret
from enclave.disclosure.summary import ProtectedSummary, Summary
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.by_codes import ByCodes, Code, most_frequent
from enclave.feasibility.by_variable import ByVariable
from enclave.feasibility.cells import (
    Breakdown,
    ByAvailability,
    BySexAndAge,
    ByYear,
    persons,
)
from enclave.feasibility.counting import variants_of
from enclave.feasibility.extent import Extent
from enclave.feasibility.extent_reading import read_extents
from enclave.feasibility.protected_extent import ProtectedExtent
from enclave.feasibility.release import released_snapshot
from enclave.feasibility.steps import ProtectedAttrition, ProtectedCosts
from enclave.projects import people
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


BREAKDOWNS: dict[str, Breakdown] = {"sex-age": BySexAndAge(), "index-year": ByYear()}


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
        snapshot = self._released()
        counter = partial(persons, snapshot=snapshot)
        return self._gate.ask(asker, question, snapshot.number, counter, clock=clock)

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
        snapshot = self._released()
        named = steps(question)
        counts = self._gate.ask_each(
            asker,
            [step.question for step in named],
            snapshot.number,
            partial(persons, snapshot=snapshot),
            clock=clock,
        )
        return ProtectedAttrition.of(named, counts)

    def costs(
        self, account: str, question: Question, *, clock: Clock = now
    ) -> ProtectedCosts:
        """Return what each criterion costs, whatever their order; all or none.

        A question with n criteria is up to 2 n + 1 questions.

        Raises
        ------
        InputError
            If the question has no criterion.
        NotFoundError, PolicyRefusal
            As :meth:`attrition`.
        """
        if not question.criteria:
            raise InputError("The question has no criterion, so none costs anything.")
        asker, snapshot = self._asker(account), self._released()
        variants = variants_of(question)
        asked = [each for one in variants for each in (one.alone, one.without)]
        *counts, cohort = self._gate.ask_each(
            asker,
            [*asked, question],
            snapshot.number,
            partial(persons, snapshot=snapshot),
            clock=clock,
        )
        return ProtectedCosts.of(cohort, variants, counts)

    def codes(
        self,
        account: str,
        question: Question,
        codes: Sequence[Code],
        *,
        clock: Clock = now,
    ) -> ProtectedCells:
        """Return how many of a cohort have each of some codes, at any time.

        All of them together cost one question, as :meth:`availability`.

        Raises
        ------
        InputError
            If there is no code, if there are too many, or if one is too fine.
        NotFoundError, PolicyRefusal
            As :meth:`count`.
        """
        by = ByCodes(codes, self.policy.grammar)
        return self._sorted(account, question, by, clock)

    def also(
        self, account: str, question: Question, system: str, *, clock: Clock = now
    ) -> ProtectedCells:
        """Return how many of a cohort also have the codes that most people have.

        Raises
        ------
        NotFoundError
            If it was not released which codes of the system are frequent.
        PolicyRefusal
            As :meth:`count`.
        """
        self._asker(account)
        snapshot = self._released().number
        codes = most_frequent(self._database, snapshot, system, question)
        return self.codes(account, question, codes, clock=clock)

    def breakdown(
        self, account: str, question: Question, by: str, *, clock: Clock = now
    ) -> ProtectedCells:
        """Return a cohort cell by cell, at the price of one question.

        Parameters
        ----------
        by
            ``sex-age`` for sex and ten years of age, ``index-year`` for the year of
            the index event, or a coded variable of persons: ``person.municipality``.

        Raises
        ------
        InputError
            If the year is asked for and the question has no index event, or if persons
            cannot be sorted by the variable.
        NotFoundError, PolicyRefusal
            As :meth:`count`; also if the catalogue has no such variable.
        """
        sorted_by = BREAKDOWNS.get(by) or ByVariable(by)
        return self._sorted(account, question, sorted_by, clock)

    def availability(
        self,
        account: str,
        question: Question,
        variables: Sequence[str],
        *,
        clock: Clock = now,
    ) -> ProtectedCells:
        """Return how many of a cohort have a value of each variable.

        All of them together cost one question; their noise grows with the square root
        of their number. The cell ``all`` is the cohort itself.

        Parameters
        ----------
        variables
            Full names, ``lab.value``, at most a hundred.

        Raises
        ------
        InputError
            If there is no variable, if there are too many, or if one is not about
            persons.
        NotFoundError, PolicyRefusal
            As :meth:`count`; also if the catalogue has no such variable.
        """
        return self._sorted(account, question, ByAvailability(variables), clock)

    def extent(
        self,
        account: str,
        question: Question,
        variables: Sequence[str],
        *,
        clock: Clock = now,
    ) -> ProtectedSummary[tuple[ProtectedExtent, ...]]:
        """Return how many values of each variable there usually are, and since when.

        All of them together cost one question, as :meth:`availability`.

        Raises
        ------
        InputError
            As :meth:`availability`; also if the question asks for one of them on
            certain days.
        NotFoundError, PolicyRefusal
            As :meth:`availability`.
        """
        asker, snapshot = self._asker(account), self._released()
        extent = Extent.of(question, variables, snapshot)
        summary = Summary(
            layout=extent.layout,
            sorter=partial(extent.cohort, snapshot=snapshot),
            sizes=partial(extent.sizes, snapshot=snapshot),
            say=partial(read_extents, extent, self.policy),
        )
        return self._gate.ask_summary(
            asker, question, snapshot.number, summary, clock=clock
        )

    def sorted_cells(
        self,
        account: str,
        question: Question,
        snapshot: int,
        layout: Layout,
        sorter: Sorter,
        *,
        clock: Clock = now,
    ) -> ProtectedCells:
        """Return the persons of a question as another room sorts them, protected.

        Raises
        ------
        NotFoundError, PolicyRefusal
            As :meth:`count`.
        """
        asker = self._asker(account)
        return self._gate.ask_cells(
            asker, question, snapshot, layout, sorter, clock=clock
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

    def _released(self) -> Snapshot:
        number = released_snapshot(self._warehouse.snapshots(), self.policy)
        return self._warehouse.snapshot(number)

    def _sorted(
        self, account: str, question: Question, by: Breakdown, clock: Clock
    ) -> ProtectedCells:
        asker, snapshot = self._asker(account), self._released()
        return self._gate.ask_cells(
            asker,
            question,
            snapshot.number,
            by.layout(question, snapshot),
            partial(by.cells, snapshot=snapshot),
            sizes=partial(by.sizes, snapshot=snapshot),
            clock=clock,
        )
