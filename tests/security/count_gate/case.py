"""One attacker, one victim, one service: what every attack is given.

The attacker wants to know whether the victim has the secret diagnosis. A higher score
says "yes, more likely".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from enclave.cohort.question import Criterion, Question
from enclave.errors import PolicyRefusal
from tests.builders.disclosure import all_of, but_not, event, question
from tests.security.count_gate.patients import SECRET_CODE, Patients, Victim
from tests.security.count_gate.services import Reply, Service, Told


SECRET = event(SECRET_CODE)


@dataclass(frozen=True)
class Finding:
    """What an attack came to.

    Attributes
    ----------
    score
        How much speaks for the victim having the secret diagnosis.
    exact
        Whether a count was found exactly, where the attack is after one.
    """

    score: float
    exact: bool | None = None


@dataclass
class Case:
    """Asks in an attacker's name, and keeps count of the questions.

    Attributes
    ----------
    accounts
        How many people collude; each has an equal part of the questions.
    """

    patients: Patients
    victim: Victim
    service: Service
    random: np.random.Generator
    accounts: int = 1
    questions: int = field(default=0, init=False)

    def reply(self, asked: Question, account: int = 0) -> Reply | None:
        """Ask; ``None`` if the question or the person is refused."""
        self.questions += 1
        try:
            return self.service.ask(f"account-{account}", asked)
        except PolicyRefusal:
            return None

    def ask(self, asked: Question, account: int = 0) -> int | None:
        """Return the number that is shown; a hidden one counts as none."""
        reply = self.reply(asked, account)
        return None if reply is None else reply.value or 0

    def cells(self, asked: Question) -> dict[str, int | None] | None:
        """Ask for a breakdown; ``None`` if it is refused."""
        self.questions += 1
        try:
            return self.service.cells("account-0", asked)
        except PolicyRefusal:
            return None

    def codes(
        self, asked: Question, codes: Sequence[str], account: int = 0
    ) -> dict[str, int] | None:
        """Ask who has codes; hidden ones count as none, ``None`` if it is refused."""
        self.questions += 1
        try:
            found = self.service.codes(f"account-{account}", asked, codes)
        except PolicyRefusal:
            return None
        return {name: value or 0 for name, value in found.items()}

    def extent(self, asked: Question) -> Told | None:
        """Ask how many results there are, since when; ``None`` if it is refused."""
        self.questions += 1
        try:
            return self.service.extent("account-0", asked)
        except PolicyRefusal:
            return None

    def pairs(
        self, asked: Iterator[tuple[Question, Question]], each: int
    ) -> list[tuple[int, int]]:
        """Ask so many pairs in each account, as far as they are answered."""
        found = []
        for account in range(self.accounts):
            for _, (one, other) in zip(range(each), asked, strict=False):
                answers = self.ask(one, account), self.ask(other, account)
                if None not in answers:
                    found.append(answers)
        return found

    def others(self, asked: Question) -> int:
        """Return how many but the victim are found, where an attacker is given that."""
        return self.patients.others(asked, self.victim)

    @property
    def signature(self) -> Criterion:
        """What only the victim has."""
        return all_of(*map(event, self.victim.signature))

    @property
    def target(self) -> Criterion:
        """What the victim meets with the secret diagnosis, and nobody else does."""
        return all_of(SECRET, *map(event, self.victim.signature))

    @property
    def crowds(self) -> list[Criterion]:
        """Return large groups that the victim is not in."""
        return [event(code) for code in self.patients.lacks(self.victim.patient)]

    def covers(self) -> Iterator[Criterion]:
        """Yield conditions that the victim meets, each another one."""
        lacks = self.patients.lacks(self.victim.patient)
        yield from (but_not(event(code)) for code in lacks)
        for step in range(1, len(lacks)):
            turned = lacks[step:] + lacks[:step]
            for first, second in zip(lacks, turned, strict=True):
                yield but_not(event(first, second))

    def neighbours(self, number: int) -> list[str]:
        """Return codes that so many other single patients carry."""
        others = [
            code
            for code in self.patients.carries
            if code.startswith("V") and code != self.victim.own_code
        ]
        return others[:number]

    def known(self, number: int, cover: Criterion) -> list[str]:
        """Return codes of known patients who meet a cover, one patient each."""
        met = self.patients.found(question(cover))
        codes = [code for code, patient in self.patients.known.items() if met[patient]]
        return codes[:number]


def mean(differences: list[float]) -> float:
    """Return the mean, or nothing where nothing was answered."""
    return float(np.mean(differences)) if differences else 0.0
