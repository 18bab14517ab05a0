"""Made-up patients whom the attacks are about, and how to find them.

Each patient carries some of forty common diagnoses; one more, ``SECRET_CODE``, is what
an attacker wants to learn about a victim. An attacker is given much else for free:
every victim's other diagnoses and three that no other patient has together, and codes
that single known patients carry.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from pyroaring import BitMap

from enclave.cohort.question import AllOf, AnyOf, EventCriterion, Not, Question


CODES = [f"D{letter}{number}0" for letter in "ABCD" for number in range(10)]
SECRET_CODE = "DX10"  # noqa: S105 - a diagnosis, not a password
# Nobody carries these.
RARE_CODES = [f"DZ{number}" for number in range(10, 100)]
# Everybody carries these, as everybody has a sex and a date of birth.
EVERYBODYS = [f"DY{number}" for number in range(10, 22)]
# Each is carried by one patient whom the attacker knows all about, the secret included.
KNOWN_CODES = [f"K{number:03d}" for number in range(60)]
# Victims have results for longer than anybody else.
VICTIMS_SINCE, KNOWN_SINCE = 2006, 2010
FIRST_DAY = np.datetime64("2018-01-01")
DAYS = 730
AGES = 10


@dataclass(frozen=True)
class Victim:
    """A patient, and what the attacker knows.

    Attributes
    ----------
    signature
        Three diagnoses that only this patient has together.
    own_code
        A code that this patient alone carries.
    telling_code
        A code that this patient alone carries, and only with the secret diagnosis.
    day
        When the secret diagnosis was made, if it was.
    """

    patient: int
    signature: tuple[str, ...]
    has_secret: bool
    own_code: str
    telling_code: str
    day: np.datetime64


class Patients:
    """A few thousand patients, the same ones for the same seed."""

    def __init__(self, *, number: int = 4000, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        shares = self._random.uniform(0.03, 0.15, len(CODES))
        self.carries = {
            code: self._random.random(number) < share
            for code, share in zip(CODES, shares, strict=True)
        }
        self.carries[SECRET_CODE] = self._random.random(number) < 0.15
        self.carries |= {code: np.ones(number, bool) for code in EVERYBODYS}
        self.female = self._random.random(number) < 0.5
        self.decade = self._random.integers(0, AGES, number)
        self.day = FIRST_DAY + self._random.integers(0, DAYS, number)
        self.number = number
        # Results of a test: how many each patient has, and since when.
        of_results = np.random.default_rng([seed, 1])
        self.results = of_results.integers(2, 10, number)
        self.since = of_results.integers(2012, 2016, number)
        known = self._random.permutation(np.flatnonzero(self.carries[SECRET_CODE]))
        self.known = {code: int(known[n]) for n, code in enumerate(KNOWN_CODES)}
        for place, (code, patient) in enumerate(self.known.items()):
            self._give(code, patient)
            self.results[patient] = 50 if place % 2 else 1
            self.since[patient] = KNOWN_SINCE

    def victims(self, count: int) -> list[Victim]:
        """Return victims with a signature, half of them with the secret diagnosis."""
        found: dict[bool, list[Victim]] = {True: [], False: []}
        for patient in map(int, self._random.permutation(self.number)):
            secret = bool(self.carries[SECRET_CODE][patient])
            signature = self._signature(patient)
            if (
                signature is None
                or patient in self.known.values()
                or len(found[secret]) == count // 2
            ):
                continue
            self.results[patient], self.since[patient] = 12, VICTIMS_SINCE
            number = len(found[True]) + len(found[False])
            own, telling = f"V{number:03d}", f"R{number:03d}"
            self._give(own, patient)
            if secret:
                self._give(telling, patient)
            found[secret].append(
                Victim(patient, signature, secret, own, telling, self.day[patient])
            )
        assert all(len(some) == count // 2 for some in found.values())
        return [*found[True], *found[False]]

    def without_secret(self, patient: int) -> "Patients":
        """Return the same patients before one of them had the secret diagnosis."""
        before = copy(self)
        before.carries = self.carries | {SECRET_CODE: self.carries[SECRET_CODE].copy()}
        before.carries[SECRET_CODE][patient] = False
        return before

    def has(self, code: str, patient: int) -> bool:
        """Whether a patient has a diagnosis."""
        return bool(self.carries[code][patient])

    def lacks(self, patient: int) -> list[str]:
        """Return common diagnoses that a patient does not have."""
        return [code for code in CODES if not self.carries[code][patient]]

    def carriers(self, code: str) -> int:
        """Return how many patients have a diagnosis."""
        return int(self.carries[code].sum()) if code in self.carries else 0

    def found(self, question: Question) -> np.ndarray:
        """Say of every patient whether a question finds them."""
        chosen = np.ones(self.number, bool)
        if question.population.sex:
            chosen &= self.female == (question.population.sex == "female")
        for criterion in question.criteria:
            chosen &= self._meet(criterion)
        return chosen

    def persons(self, question: Question) -> BitMap:
        """Return who is found."""
        return BitMap(np.flatnonzero(self.found(question)).astype(np.uint32))

    def others(self, question: Question, victim: Victim) -> int:
        """Return how many but the victim are found: what an attacker may be given."""
        found = self.found(question)
        return int(found.sum() - found[victim.patient])

    def cell_of(self, patient: int) -> str:
        """Return the name of a patient's cell of sex and age."""
        return f"{int(self.female[patient])}-{self.decade[patient]}"

    def cells(self, question: Question) -> dict[str, BitMap]:
        """Sort who is found by sex and age."""
        found = self.found(question)
        return {
            f"{sex}-{decade}": BitMap(
                np.flatnonzero(
                    found & (self.female == sex) & (self.decade == decade)
                ).astype(np.uint32)
            )
            for sex in (0, 1)
            for decade in range(AGES)
        }

    def having(self, question: Question, codes: Sequence[str]) -> dict[str, BitMap]:
        """Return who is found, as ``all``, and who of them has each of some codes."""
        found, nobody = self.found(question), np.zeros(self.number, bool)
        sets = {code: found & self.carries.get(code, nobody) for code in codes}
        return {
            name: BitMap(np.flatnonzero(who).astype(np.uint32))
            for name, who in {"all": found, **sets}.items()
        }

    def extent(self, found: BitMap) -> tuple[np.ndarray, np.ndarray]:
        """Return how many results each of these has, and since when."""
        who = np.asarray(found.to_array())
        return self.results[who], self.since[who]

    def _give(self, code: str, patient: int) -> None:
        self.carries[code] = np.zeros(self.number, bool)
        self.carries[code][patient] = True

    def _signature(self, patient: int) -> tuple[str, ...] | None:
        has = [code for code in CODES if self.carries[code][patient]]
        for three in combinations(has, 3):
            if np.logical_and.reduce([self.carries[code] for code in three]).sum() == 1:
                return three
        return None

    def _meet(self, criterion) -> np.ndarray:
        match criterion:
            case EventCriterion():
                return self._have(criterion)
            case AllOf(criteria=parts):
                return np.logical_and.reduce([self._meet(part) for part in parts])
            case AnyOf(criteria=parts):
                return np.logical_or.reduce([self._meet(part) for part in parts])
            case Not(criterion=part):
                return ~self._meet(part)
            case _:
                raise NotImplementedError(criterion.kind)

    def _have(self, criterion: EventCriterion) -> np.ndarray:
        nobody = np.zeros(self.number, bool)
        codes = [entry.code for entry in criterion.codes.entries]
        have = np.logical_or.reduce([self.carries.get(c, nobody) for c in codes])
        if criterion.dates:
            start, end = criterion.dates.start, criterion.dates.end
            have = have & (self.day >= np.datetime64(start))
            have = have & (self.day <= np.datetime64(end))
        return have
