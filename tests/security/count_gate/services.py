"""The service under attack: ours, and weak ones as others run them.

A service answers ``ask(account, question)`` with the number it shows, ``None`` where it
hides one, and raises :class:`PolicyRefusal` where it refuses. Each attack gets a new
service for each victim, so that victims do not help each other.
"""

import hashlib
from collections.abc import Callable
from itertools import count
from typing import Protocol

import numpy as np

from enclave.cohort.question import Question
from enclave.disclosure.gate import Gate
from enclave.disclosure.policy import Policy
from enclave.store.database import Database
from enclave.store.schema import upgrade
from tests.builders.disclosure import SECRET, asker, rules
from tests.security.count_gate.patients import Patients


class Service(Protocol):
    def ask(self, account: str, question: Question) -> int | None: ...


Start = Callable[[], Service]


class Exact:
    """No protection at all."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def ask(self, account: str, question: Question) -> int | None:
        del account
        return self._patients.count(question)


class ThresholdAndRounding:
    """Below ten nothing, else rounded to ten, as many cohort browsers do."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def ask(self, account: str, question: Question) -> int | None:
        del account
        persons = self._patients.count(question)
        return None if persons < 10 else (persons + 5) // 10 * 10


class FreshNoise:
    """A little Gaussian noise, drawn anew each time, as in i2b2."""

    _random = np.random.default_rng(3)

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def ask(self, account: str, question: Question) -> int | None:
        del account
        persons = self._patients.count(question)
        noise = self._random.normal(0, 1.33)
        return 0 if persons <= 3 else max(0, round(persons + noise))


class NoisePerCohort:
    """Noise keyed by who is counted: the same cohort always has the same noise."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def ask(self, account: str, question: Question) -> int | None:
        del account
        seed = hashlib.blake2b(self._patients.cohort(question), digest_size=8).digest()
        noise = np.random.default_rng(int.from_bytes(seed)).normal(0, 5)
        noisy = round(self._patients.count(question) + noise)
        return None if noisy < 10 else (noisy + 5) // 10 * 10


class Ours:
    """The count gate itself, with its real tables."""

    def __init__(self, patients: Patients, gate: Gate, snapshot: int) -> None:
        self._patients = patients
        self._gate = gate
        self._snapshot = snapshot

    def ask(self, account: str, question: Question) -> int | None:
        who = asker(f"{account}-{self._snapshot}", f"hospital-{self._snapshot}")
        answer = self._gate.ask(who, question, self._snapshot, self._patients.count)
        return answer.value


WEAK = {
    "exact": Exact,
    "threshold and rounding": ThresholdAndRounding,
    "fresh noise": FreshNoise,
    "noise per cohort": NoisePerCohort,
}


def start_weak(name: str, patients: Patients) -> Start:
    """Return what starts a weak service."""
    return lambda: WEAK[name](patients)


def start_ours(patients: Patients, policy: Policy | None = None) -> Start:
    """Return what starts our service; every start has answers and budgets of its own.

    One database serves all of them, as snapshots of it: their questions, accounts and
    organisations are as separate as those of two installations.
    """
    database = Database("sqlite://")
    upgrade(database)
    gate = Gate(database, policy or rules(), SECRET)
    numbers = count(1)
    return lambda: Ours(patients, gate, next(numbers))
