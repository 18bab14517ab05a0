"""Who there is: birth, sex, death, patient group, and how often they are ill.

All persons are drawn at once, because CPR numbers are unique across all of them; that
takes a few dozen bytes a person. Everything that happens to them is drawn block by
block.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from enclave.warehouse.synthetic.groups import GROUPS
from enclave.warehouse.synthetic.numbers import cpr_numbers
from enclave.warehouse.synthetic.period import FIRST, LAST, YEAR, Days


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Share of persons by age in 2026, in decades from 0, as in a hospital's register:
# older than the country.
_DECADES = np.array([6, 8, 11, 12, 12, 14, 14, 12, 8, 3], dtype=float)

# Gompertz mortality: yearly hazard A·exp(B·age).
_MORTALITY, _AGEING = 3.5e-5, 0.094


@dataclass(frozen=True)
class Population:
    """Persons, as columns of equal length.

    Attributes
    ----------
    birth, death, entry
        Days since 1970. ``death`` is after the period for those who live; ``entry`` is
        the day of entering the patient group, after the period for those without one.
    female
        True for women.
    group
        Index into :data:`~enclave.warehouse.synthetic.groups.GROUPS`.
    frailty
        How often somebody is ill or seen, relative to others of the age; mean 1.
    neutrophils, igg, cd4
        The person's own level before any disease, as natural logarithm.
    """

    cpr: Any
    birth: Days
    death: Days
    female: NDArray[np.bool_]
    group: Ints
    entry: Days
    frailty: Floats
    neutrophils: Floats
    igg: Floats
    cd4: Floats

    def __len__(self) -> int:
        """Return the number of persons."""
        return len(self.birth)

    def block(self, start: int, stop: int) -> "Population":
        """Return some of the persons."""
        return Population(
            **{name: column[start:stop] for name, column in vars(self).items()}
        )

    @property
    def observed_from(self) -> Days:
        """First day on which something can have been recorded."""
        return np.maximum(self.birth, FIRST)

    @property
    def observed_to(self) -> Days:
        """Last day on which something can have been recorded."""
        return np.minimum(self.death, LAST)

    def level(self, what: str, persons: Ints, days: Days) -> Floats:
        """Return log levels of persons on days: their own, changed by their disease."""
        own: Floats = getattr(self, what)[persons]
        change = np.array([getattr(group, what) for group in GROUPS])
        diseased = days >= self.entry[persons]
        return own + np.where(diseased, change[self.group[persons]], 0.0)


def draw(persons: int, seed: int) -> Population:
    """Draw a population; the same seed draws the same one."""
    rng = np.random.default_rng([seed, 0])
    birth = _births(rng, persons)
    female = rng.random(persons) < 0.52
    group = rng.choice(len(GROUPS), persons, p=[group.share for group in GROUPS])
    death = _deaths(rng, birth, group)
    entry = _entries(rng, birth, death, group)
    return Population(
        cpr=cpr_numbers(birth, female, rng) if persons else pa.array([], pa.string()),
        birth=birth,
        death=death,
        female=female,
        group=np.where(entry <= LAST, group, 0),
        entry=entry,
        frailty=rng.gamma(1.3, 1 / 1.3, persons),
        neutrophils=rng.normal(np.log(4.1), 0.25, persons),
        igg=rng.normal(np.log(10.8), 0.20, persons),
        cd4=rng.normal(np.log(820.0), 0.26, persons),
    )


def _births(rng: np.random.Generator, persons: int) -> Days:
    decade = rng.choice(len(_DECADES), persons, p=_DECADES / _DECADES.sum())
    age = decade * 10 + rng.random(persons) * 10
    return (LAST - age * YEAR).astype(np.int32)


def _deaths(rng: np.random.Generator, birth: Days, group: Ints) -> Days:
    # Nobody died before the period: the age at death is drawn given the age then.
    age = np.maximum(FIRST - birth, 0) / YEAR
    hazard = _MORTALITY * np.where(group > 0, 3.0, 1.0)
    spent = -np.log(rng.random(len(birth))) * _AGEING / hazard
    at_death = np.log(np.exp(_AGEING * age) + spent) / _AGEING
    return (birth + at_death * YEAR).astype(np.int32)


def _entries(rng: np.random.Generator, birth: Days, death: Days, group: Ints) -> Days:
    youngest = np.array([each.youngest for each in GROUPS])[group]
    earliest = np.maximum(birth + youngest * YEAR, FIRST + YEAR)
    latest = np.minimum(death, LAST) - 30
    entry = earliest + rng.random(len(birth)) * (latest - earliest)
    belongs = (group > 0) & (earliest < latest)
    return np.where(belongs, entry, LAST + 1).astype(np.int32)
