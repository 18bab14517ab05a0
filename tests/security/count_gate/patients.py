"""Made-up patients whom the attacks are about, and how to count them.

Each patient carries some of forty common diagnoses; one more, ``SECRET_CODE``, is what
an attacker wants to learn about a victim. An attacker is given everything else for
free: every victim's other diagnoses, and three that no other patient has together.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from enclave.cohort.question import AllOf, AnyOf, EventCriterion, Not, Question


CODES = [f"D{letter}{number}0" for letter in "ABCD" for number in range(10)]
SECRET_CODE = "DX10"  # noqa: S105 - a diagnosis, not a password
RARE_CODES = [f"DZ{number}" for number in range(10, 100)]


@dataclass(frozen=True)
class Victim:
    """A patient, and three diagnoses that only this patient has together."""

    patient: int
    signature: tuple[str, ...]
    has_secret: bool


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
        self.female = self._random.random(number) < 0.5
        self.number = number

    def victims(self, count: int) -> list[Victim]:
        """Return victims with a signature, half of them with the secret diagnosis."""
        found: dict[bool, list[Victim]] = {True: [], False: []}
        for patient in self._random.permutation(self.number):
            secret = bool(self.carries[SECRET_CODE][patient])
            signature = self._signature(patient)
            if signature and len(found[secret]) < count // 2:
                found[secret].append(Victim(int(patient), signature, secret))
        assert all(len(some) == count // 2 for some in found.values())
        return [*found[True], *found[False]]

    def lacks(self, patient: int) -> list[str]:
        """Return common diagnoses that a patient does not have."""
        return [code for code in CODES if not self.carries[code][patient]]

    def count(self, question: Question) -> int:
        """Count exactly, for the attacks' kind of question."""
        chosen = np.ones(self.number, bool)
        if question.population.sex:
            chosen &= self.female == (question.population.sex == "female")
        for criterion in question.criteria:
            chosen &= self._meet(criterion)
        return int(chosen.sum())

    def cohort(self, question: Question) -> bytes:
        """Return who is counted, as bytes: what a noise per cohort is keyed by."""
        chosen = np.ones(self.number, bool)
        for criterion in question.criteria:
            chosen &= self._meet(criterion)
        return np.packbits(chosen).tobytes()

    def _signature(self, patient: int) -> tuple[str, ...] | None:
        has = [code for code in CODES if self.carries[code][patient]]
        for three in combinations(has, 3):
            if np.logical_and.reduce([self.carries[code] for code in three]).sum() == 1:
                return three
        return None

    def _meet(self, criterion) -> np.ndarray:
        match criterion:
            case EventCriterion():
                nobody = np.zeros(self.number, bool)
                codes = [entry.code for entry in criterion.codes.entries]
                return np.logical_or.reduce(
                    [self.carries.get(c, nobody) for c in codes]
                )
            case AllOf(criteria=parts):
                return np.logical_and.reduce([self._meet(part) for part in parts])
            case AnyOf(criteria=parts):
                return np.logical_or.reduce([self._meet(part) for part in parts])
            case Not(criterion=part):
                return ~self._meet(part)
            case _:
                raise NotImplementedError(criterion.kind)
