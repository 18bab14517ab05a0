"""Weak services, as others run them: what each attack is first seen to work on."""

import hashlib
from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from enclave.cohort.question import Question
from tests.security.count_gate.patients import Patients
from tests.security.count_gate.services import Reply, Start, Told


class Weak:
    """No protection: what the others make weak rules of."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients
        self._asked: set[str] = set()

    def ask(self, account: str, question: Question) -> Reply:
        del account
        price = 0 if question.digest in self._asked else 1
        self._asked.add(question.digest)
        found = self._patients.persons(question)
        # Counting takes as long as there are persons to count.
        return Reply(self._shown(found), price, seconds=0.01 + len(found) / 1e6)

    def cells(self, account: str, question: Question) -> dict[str, int | None]:
        del account
        cells = self._patients.cells(question)
        return {name: self._shown(found) for name, found in cells.items()}

    def codes(
        self, account: str, question: Question, codes: Sequence[str]
    ) -> dict[str, int | None]:
        del account
        cells = self._patients.having(question, codes)
        return {name: self._shown(found) for name, found in cells.items()}

    def extent(self, account: str, question: Question) -> Told:
        del account
        results, since = self._patients.extent(self._patients.persons(question))
        if not len(results):
            return Told(None, None)
        return Told(sorted(results.tolist())[len(results) // 2], int(since.min()))

    def search(self, code: str) -> bool:
        return self._patients.carriers(code) > 0

    def refreshed(self, patients: Patients) -> "Weak":
        return type(self)(patients)

    def _shown(self, found: BitMap) -> int | None:
        return len(found)


class SmallHidden(Weak):
    """Below ten nothing, else exact."""

    def _shown(self, found: BitMap) -> int | None:
        return None if len(found) < 10 else len(found)


class ThresholdAndRounding(Weak):
    """Below ten nothing, else rounded to ten, as many cohort browsers do."""

    def _shown(self, found: BitMap) -> int | None:
        return None if len(found) < 10 else (len(found) + 5) // 10 * 10


class FreshNoise(Weak):
    """A little Gaussian noise, drawn anew each time, as in i2b2."""

    def __init__(self, patients: Patients) -> None:
        super().__init__(patients)
        self._random = np.random.default_rng(3)

    def _shown(self, found: BitMap) -> int | None:
        noise = self._random.normal(0, 1.33)
        return 0 if len(found) <= 3 else max(0, round(len(found) + noise))


class NoisePerCohort(Weak):
    """Noise keyed by who is counted: the same cohort always has the same noise."""

    def _shown(self, found: BitMap) -> int | None:
        key = hashlib.sha256(b"a cell key" + found.serialize()).digest()
        noise = np.random.default_rng(int.from_bytes(key[:8])).normal(0, 5)
        noisy = round(len(found) + noise)
        return None if noisy < 10 else (noisy + 5) // 10 * 10


class SharpSnap(Weak):
    """Near-identical cohorts share an answer, and nearness ends sharply at 34."""

    def __init__(self, patients: Patients) -> None:
        super().__init__(patients)
        self._random = np.random.default_rng(4)
        self._answers: list[tuple[BitMap, int]] = []

    def _shown(self, found: BitMap) -> int | None:
        near = [shown for other, shown in self._answers if len(found ^ other) < 34]
        if near:
            return near[0]
        self._answers.append((found, round(len(found) + self._random.normal(0, 10))))
        return self._answers[-1][1]


WEAK: dict[str, Start] = {
    "exact": Weak,
    "below ten nothing": SmallHidden,
    "below ten nothing, rounded to ten": ThresholdAndRounding,
    "fresh noise": FreshNoise,
    "noise per cohort": NoisePerCohort,
    "sharp snapping": SharpSnap,
}
