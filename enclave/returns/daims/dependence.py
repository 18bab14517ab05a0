"""The check for columns that say what others say already."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from enclave.returns.codebook import Codebook
from enclave.returns.daims.finding import Problem
from enclave.returns.dataset import Dataset


# Of a column's length; what is left of a dependent column is rounding.
_NOTHING = 1e-8


def not_collinear(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that no column follows from those before it.

    Numbers: exactly, as a weighted sum of others, over the patients who have all of
    them. Categories: two that name the same groups by other names.
    """
    yield from _numbers(data, codebook)
    yield from _categories(data, codebook)


def _numbers(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    names = [column.name for column in codebook.of_kind("number")]
    columns = {name: data.numbers(name) for name in names}
    complete = pd.DataFrame(columns, index=data.cells.index).dropna()
    # With fewer patients than columns, each column follows from the others by chance.
    if len(complete) <= len(names) + 1:
        return
    # The constant comes first: a shifted copy is a copy.
    basis = [np.full(len(complete), 1 / np.sqrt(len(complete)))]
    for name in names:
        column = complete[name].to_numpy()
        rest = _without(column, basis)
        length = float(np.linalg.norm(column))
        if np.linalg.norm(rest) > _NOTHING * max(length, 1e-300):
            basis.append(rest / np.linalg.norm(rest))
        elif np.ptp(column) > 0:
            # A constant column is another check's to name.
            yield Problem("follows_from_others", (name,))


def _without(
    column: npt.NDArray[np.float64], basis: list[npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    rest = column.astype("float64")
    # Twice is enough to be orthogonal to rounding (Kahan's advice, Parlett 1980).
    for _ in range(2):
        for direction in basis:
            rest = rest - (direction @ rest) * direction
    return rest


def _categories(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    columns = [column.name for column in codebook.of_kind("category")]
    seen: dict[bytes, str] = {}
    for name in columns:
        values = data.cells[name]
        if values.nunique() < 2:
            continue
        # Groups are numbered by their first patient, whatever they are called.
        groups = values.factorize()[0].tobytes()
        earlier = seen.setdefault(groups, name)
        if earlier != name:
            yield Problem("same_groups", (earlier, name))
