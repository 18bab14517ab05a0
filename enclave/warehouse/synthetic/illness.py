"""Infections: whom they reach, and what each leaves in the records.

The yearly rate of a serious infection grows with age and frailty, and with every
halving of neutrophils, immunoglobulin G and CD4 cells. This is what a model of the
made-up data can find: the true log rate ratios are in :data:`PER_LOG`.
"""

from dataclasses import dataclass

import numpy as np

from enclave.warehouse.synthetic.period import LAST, YEAR, Days
from enclave.warehouse.synthetic.population import Floats, Ints, Population


# Infections a year at age 50 with average levels.
BASE = 0.03

# Change of the log rate for each unit that the log level falls.
PER_LOG = {"neutrophils": 0.9, "igg": 1.2, "cd4": 0.7}
_MEANS = {"neutrophils": np.log(4.1), "igg": np.log(10.8), "cd4": np.log(820.0)}


@dataclass(frozen=True)
class Infection:
    """One kind of infection: diagnosis, culture and treatment."""

    share: float
    diagnosis: str
    material: str
    organism: str
    medicine: str


INFECTIONS = (
    Infection(0.34, "DJ189", "Trakealsekret", "Streptococcus pneumoniae", "J01CE01"),
    Infection(0.10, "DA415", "Bloddyrkning", "Escherichia coli", "J01CR05"),
    Infection(0.07, "DA410", "Bloddyrkning", "Staphylococcus aureus", "J01CF01"),
    Infection(0.30, "DN390", "Urin", "Escherichia coli", "J01CA08"),
    Infection(0.09, "DB029", "Vesikelvæske", "Varicella-zoster-virus", "J05AB11"),
    Infection(0.06, "DB259", "Blod", "Cytomegalovirus", "J05AB14"),
    Infection(0.04, "DB448", "Trakealsekret", "Aspergillus fumigatus", "J02AC03"),
)


@dataclass(frozen=True)
class Infections:
    """Infections of a block, as columns of equal length."""

    person: Ints
    day: Days
    kind: Ints


def rate(population: Population, persons: Ints, days: Days) -> Floats:
    """Return infections a year of persons, with the levels they have on given days."""
    age = (days - population.birth[persons]) / YEAR
    log_rate = np.log(BASE) + 0.025 * (age - 50)
    for what, slope in PER_LOG.items():
        log_rate -= slope * (population.level(what, persons, days) - _MEANS[what])
    return np.asarray(np.exp(log_rate) * np.sqrt(population.frailty[persons]))


def draw(population: Population, rng: np.random.Generator) -> Infections:
    """Draw everybody's infections, before and after entering a patient group."""
    first, last = population.observed_from, population.observed_to
    change = np.clip(population.entry, first, np.maximum(last, first))
    persons = np.arange(len(population))
    parts = [
        _between(population, persons, (first, change), rng),
        _between(population, persons, (change, last), rng),
    ]
    person = np.concatenate([part[0] for part in parts])
    day = np.concatenate([part[1] for part in parts])
    shares = np.array([each.share for each in INFECTIONS])
    kind = rng.choice(len(INFECTIONS), len(person), p=shares / shares.sum())
    return Infections(person, day, kind)


def _between(
    population: Population,
    persons: Ints,
    span: tuple[Days, Days],
    rng: np.random.Generator,
) -> tuple[Ints, Days]:
    start, end = span
    length = np.maximum(end - start, 0)
    # Neutrophils of the middle of the span; within one disease state they are constant.
    middle = np.minimum(start + length // 2, LAST).astype(np.int32)
    number = rng.poisson(rate(population, persons, middle) * length / YEAR)
    person = np.repeat(persons, number)
    day = start[person] + (rng.random(len(person)) * length[person]).astype(np.int32)
    return person, day.astype(np.int32)
