"""Who of a cohort has rows, and why the others have none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from enclave.delivery.extraction import Tally
from enclave.delivery.minimisation import DeliveredTable
from enclave.delivery.reasons import Reason


Keys = npt.NDArray[np.int64]


class PersonCount(BaseModel):
    """The persons of the cohort. The last three have no row in any event table.

    Attributes
    ----------
    died_before_window
        They died before the window began.
    only_outside_window
        Of those still alive then: they have rows, but none in the window.
    no_rows
        The rest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cohort: int
    with_rows: int
    died_before_window: int
    only_outside_window: int
    no_rows: int


@dataclass(frozen=True)
class Found:
    """What an extraction found.

    Attributes
    ----------
    cohort
        Person keys of the cohort, shape (n,).
    deaths
        Person keys of those of them who died before the window, shape (m,).
    tallies
        Each delivered table with its rows by person.
    since_counted
        Who came to the cohort and who left it since the protected count was made.
    """

    cohort: Keys
    deaths: Keys
    tallies: Sequence[tuple[DeliveredTable, Tally]]
    since_counted: Mapping[Reason, int] = field(default_factory=dict)


def count_persons(found: Found) -> PersonCount:
    """Count each person once."""
    events = [tally for table, tally in found.tallies if table.date is not None]
    inside = _union([tally.person[tally.inside > 0] for tally in events])
    without = np.setdiff1d(found.cohort, inside)
    living = np.setdiff1d(without, found.deaths)
    outside = np.intersect1d(living, _union([tally.person for tally in events]))
    return PersonCount(
        cohort=len(found.cohort),
        with_rows=len(inside),
        died_before_window=len(without) - len(living),
        only_outside_window=len(outside),
        no_rows=len(living) - len(outside),
    )


def _union(parts: list[Keys]) -> Keys:
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)
