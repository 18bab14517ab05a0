"""Blood tests: what is measured, and what comes out.

Counts of neutrophils, immunoglobulin G and CD4 cells follow the person's own level and
disease; leukocytes are the sum of their kinds; an infection raises CRP and neutrophils.
NPU codes as in public sources; what has no code there has a local one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from enclave.warehouse.synthetic.period import Days
from enclave.warehouse.synthetic.population import Floats, Ints, Population


@dataclass(frozen=True)
class Requisition:
    """Blood samples, as columns of equal length.

    Attributes
    ----------
    person
        Index within the block.
    acute
        True where the sample was taken because of an infection.
    immune
        True where immunoglobulins and CD4 cells were asked for too.
    """

    person: Ints
    day: Days
    acute: NDArray[np.bool_]
    immune: NDArray[np.bool_]


@dataclass(frozen=True)
class Draft:
    """What the analytes of a set of samples are computed from."""

    population: Population
    samples: Requisition
    rng: np.random.Generator
    neutrophils: Floats
    lymphocytes: Floats
    monocytes: Floats

    @classmethod
    def of(
        cls, population: Population, samples: Requisition, rng: np.random.Generator
    ) -> "Draft":
        """Draw the cells, which several analytes share."""
        size = len(samples.person)
        level = population.level("neutrophils", samples.person, samples.day)
        cd4 = population.level("cd4", samples.person, samples.day)
        return cls(
            population,
            samples,
            rng,
            np.exp(level + 0.5 * samples.acute + rng.normal(0, 0.16, size)),
            2.0 * np.exp((cd4 - np.log(820)) * 0.6 + rng.normal(0, 0.20, size)),
            0.55 * np.exp(rng.normal(0, 0.25, size)),
        )

    def around(self, mean: float, spread: float, *, acute: float = 0.0) -> Floats:
        """Draw log-normal values, shifted for samples taken in an infection."""
        noise = self.rng.normal(0, spread, len(self.samples.person))
        return np.asarray(mean * np.exp(noise + acute * self.samples.acute))

    def follow(self, what: str, spread: float) -> Floats:
        """Draw values around the persons' own levels."""
        samples = self.samples
        level = self.population.level(what, samples.person, samples.day)
        return np.exp(level + self.rng.normal(0, spread, len(samples.person)))


@dataclass(frozen=True)
class Analyte:
    """One thing that is measured.

    Attributes
    ----------
    code
        NPU code, or None where public sources give none.
    local
        The laboratory's own code. Sodium's is the text NA.
    low, high
        Reference limits; None where there is none.
    share
        Share of samples in which it is asked for.
    """

    code: str | None
    local: str
    unit: str
    low: float | None
    high: float | None
    share: float
    digits: int
    value: Callable[[Draft], Floats]
    immune: bool = False


def _leukocytes(draft: Draft) -> Floats:
    return draft.neutrophils + draft.lymphocytes + draft.monocytes + 0.2


def _haemoglobin(draft: Draft) -> Floats:
    female = draft.population.female[draft.samples.person]
    return np.where(female, 8.2, 9.1) + draft.rng.normal(0, 0.8, len(female))


ANALYTES = (
    Analyte("NPU02593", "LEU", "10^9/L", 3.5, 8.8, 0.9, 1, _leukocytes),
    Analyte("NPU02902", "NEU", "10^9/L", 1.5, 7.5, 0.8, 2, lambda d: d.neutrophils),
    Analyte("NPU02636", "LYMFO", "10^9/L", 1.0, 4.0, 0.7, 2, lambda d: d.lymphocytes),
    Analyte("NPU02840", "MONO", "10^9/L", 0.2, 0.8, 0.5, 2, lambda d: d.monocytes),
    Analyte("NPU02319", "HB", "mmol/L", 7.3, 10.5, 0.9, 1, _haemoglobin),
    Analyte(
        "NPU19748",
        "CRP",
        "mg/L",
        None,
        8.0,
        0.8,
        0,
        lambda d: d.around(3.0, 0.9, acute=3.2),
    ),
    Analyte("NPU18016", "KREA", "µmol/L", 45, 105, 0.9, 0, lambda d: d.around(76, 0.3)),
    Analyte(
        "NPU03429", "NA", "mmol/L", 137, 145, 0.9, 0, lambda d: d.around(140, 0.02)
    ),
    Analyte("NPU03230", "K", "mmol/L", 3.5, 4.6, 0.9, 1, lambda d: d.around(4, 0.09)),
    Analyte("NPU01459", "CAR", "mmol/L", 2.6, 8.1, 0.5, 1, lambda d: d.around(5, 0.3)),
    Analyte(
        "NPU27300",
        "HBA1C",
        "mmol/mol",
        31,
        44,
        0.2,
        0,
        lambda d: d.around(37, 0.16),
    ),
    Analyte(
        "NPU19814",
        "IGG",
        "g/L",
        6.1,
        14.9,
        1,
        1,
        lambda d: d.follow("igg", 0.08),
        immune=True,
    ),
    Analyte(
        "NPU19795",
        "IGA",
        "g/L",
        0.7,
        4.3,
        0.9,
        1,
        lambda d: d.around(2, 0.35),
        immune=True,
    ),
    Analyte(
        None,
        "CD4",
        "10^6/L",
        400,
        1600,
        1,
        0,
        lambda d: d.follow("cd4", 0.15),
        immune=True,
    ),
)


def results(draft: Draft, cpr: Any, hours: Ints) -> Any:
    """Return the results of all samples as rows of the table ``labka``.

    Parameters
    ----------
    draft
        The samples, with their cells drawn.
    cpr
        CPR numbers of the block.
    hours
        Hour of the day of each sample.
    """
    parts = []
    taken_at = draft.samples.day.astype("datetime64[D]").astype("datetime64[s]")
    taken_at = taken_at + hours.astype("timedelta64[h]")
    for analyte in ANALYTES:
        asked = draft.rng.random(len(hours)) < analyte.share
        if analyte.immune:
            asked &= draft.samples.immune
        rows = np.flatnonzero(asked)
        values = np.round(analyte.value(draft)[rows], analyte.digits)
        waiting = draft.rng.integers(1, 30, len(rows)).astype("timedelta64[h]")
        parts.append(
            pa.table(
                {
                    "CPR": cpr.take(pa.array(draft.samples.person[rows])),
                    "ANALYSEKODE": _same(analyte.code or analyte.local, len(rows)),
                    "KODESYSTEM": _same("NPU" if analyte.code else "LABKA", len(rows)),
                    "ANALYSEKODE_LABKA": _same(analyte.local, len(rows)),
                    "PRVTAG_TID": taken_at[rows],
                    "SVARTID": taken_at[rows] + waiting,
                    "REPLY": pa.array(values).cast(pa.string()),
                    "REPLYUNIT": _same(analyte.unit, len(rows)),
                    "REF_NEDRE": pa.array([analyte.low] * len(rows), pa.float64()),
                    "REF_OEVRE": pa.array([analyte.high] * len(rows), pa.float64()),
                }
            )
        )
    return pa.concat_tables(parts)


def _same(text: str, rows: int) -> Any:
    return pa.array(np.full(rows, text, dtype=object), pa.string())
