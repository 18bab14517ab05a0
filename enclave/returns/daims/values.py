"""Checks of what the values say: ranges, categories, outliers, errors, missing ones."""

from collections.abc import Iterator

import pandas as pd

from enclave.clock import Clock, now
from enclave.returns.codebook import Codebook, Column
from enclave.returns.daims.finding import Problem
from enclave.returns.daims.plausible import plausible_range
from enclave.returns.dataset import Dataset


# A category of fewer patients tells about them, and no model learns from it.
SMALLEST_CATEGORY = 5

# Tukey's "far out": beyond three interquartile ranges from the quartiles.
_FAR_OUT = 3.0
_ENOUGH = 20

# A change of unit changes a median at least so much: g/L to g/dL is 10, mg/dL to
# mmol/L of cholesterol 39, of glucose 18.
_ANOTHER_UNIT = 5.0


def within_limits(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check numbers and dates against the limits of the codebook."""
    for column in codebook.of_kind("number"):
        values = data.numbers(column.name)
        outside = int((~values.between(*column.limits)).sum())
        if outside:
            yield Problem("outside_limits", (column.name,), outside)
    for column in codebook.of_kind("date"):
        days = _dates(data, column)
        outside = _outside(days, column)
        if outside:
            yield Problem("outside_limits", (column.name,), outside)


def categories_listed(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that each value of a category is in the codebook's list."""
    for column in codebook.of_kind("category"):
        values = data.present(column.name)
        unknown = int((~values.isin(list(column.categories or {}))).sum())
        if unknown:
            yield Problem("unknown_category", (column.name,), unknown)


def rare_categories_grouped(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that no category is of so few patients that it should be grouped."""
    for column in codebook.of_kind("category"):
        counts = data.present(column.name).value_counts()
        rare = int((counts < SMALLEST_CATEGORY).sum())
        if rare:
            yield Problem("rare_category", (column.name,), rare)


def outliers_handled(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Look for values far from all others that the codebook does not explain."""
    for column in codebook.of_kind("number"):
        values = data.numbers(column.name)
        if column.outliers_kept or len(values) < _ENOUGH:
            continue
        low, high = values.quantile(0.25), values.quantile(0.75)
        reach = _FAR_OUT * (high - low)
        far = int((~values.between(low - reach, high + reach)).sum())
        if reach and far:
            yield Problem("far_out", (column.name,), far, certain=False)


def no_errors(
    data: Dataset, codebook: Codebook, clock: Clock = now
) -> Iterator[Problem]:
    """Check for values that cannot be: a body mass index of 2000, a date to come."""
    for column in codebook.of_kind("number"):
        limits = plausible_range(column)
        if limits is None:
            continue
        values = data.numbers(column.name)
        impossible = int((~values.between(*limits)).sum())
        if impossible:
            yield Problem("impossible", (column.name,), impossible)
    today = pd.Timestamp(clock().date())
    for column in codebook.of_kind("date"):
        late = int((_dates(data, column) > today).sum())
        if late:
            yield Problem("in_the_future", (column.name,), late)


def missing_explained(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that the codebook says what a missing value means, where there are any."""
    for column in codebook.columns:
        missing = int(data.is_missing[column.name].sum())
        if missing and not column.missing_means and column.kind != "id":
            yield Problem("missing_unexplained", (column.name,), missing)


def one_standard(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Look for medians that jump between years, as after a change of unit."""
    dated = codebook.of_kind("date")
    if not dated:
        return
    years = _dates(data, dated[0]).dt.year
    for column in codebook.of_kind("number"):
        values = data.numbers(column.name)
        by_year = values[values > 0].groupby(years.reindex(values.index))
        medians = by_year.median()[by_year.size() >= _ENOUGH]
        if len(medians) > 1 and medians.max() / medians.min() >= _ANOTHER_UNIT:
            yield Problem("median_jumps", (column.name,), certain=False)


def _dates(data: Dataset, column: Column) -> pd.Series:
    return pd.to_datetime(
        data.present(column.name), format=column.date_format, errors="coerce"
    )


def _outside(days: pd.Series, column: Column) -> int:
    outside = 0
    if column.first:
        outside += int((days < pd.Timestamp(column.first)).sum())
    if column.last:
        outside += int((days > pd.Timestamp(column.last)).sum())
    return outside
