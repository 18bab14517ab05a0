"""What is read off noisy sizes: right where they bear it, and nothing where not."""

import math

import numpy as np
import pytest

from enclave.disclosure.policy import policy
from enclave.feasibility.extent import Extent, Years, bounds
from enclave.feasibility.extent_reading import reach_of_median, read_extents
from tests.unit.disclosure.test_probable_error import SNAPPED, P, distances


YEARS = Years(2010, 2019)
DATED, DATELESS = (
    Extent((("lab.value", YEARS),)),
    Extent((("person.sex", Years(1, 0)),)),
)
SIGMA = policy().sigma * math.sqrt(DATED.layout.memberships)


def read(numbers, first=(), last=(), *, extent=DATED, sigma=SIGMA):
    sizes = [*numbers, *first, *last]
    noisy = dict(zip(extent.layout.cells, sizes, strict=True))
    (found,) = read_extents(extent, policy(), noisy, sigma)
    return found


def persons(**years):
    """Return so many persons in the cells of these years; ``before`` is the first."""
    cells = [0] * YEARS.cells
    for year, number in years.items():
        cells[0 if year == "before" else int(year[1:]) - YEARS.first + 1] = number
    return cells


def test_a_large_cohort_is_told_its_median_and_years():
    numbers = (1000, 3000, 9000, 3000, 1000, 500)

    found = read(numbers, persons(y2012=9000, y2014=8500), persons(y2018=17_500))

    assert (found.median_from, found.median_to) == (5, 9)
    assert (found.first_year, found.or_earlier, found.last_year) == (2012, False, 2018)
    assert found.hidden_en is found.hidden_da is None


def test_a_median_near_an_edge_is_told_as_both_sides_of_it():
    found = read((0, 5000, 5010, 0, 0, 0), persons(y2012=9000), persons(y2018=9000))

    assert (found.median_from, found.median_to) == (2, 9)


def test_the_last_numbers_are_open():
    found = read((0, 0, 0, 0, 0, 9000), persons(y2012=9000), persons(y2018=9000))

    assert (found.median_from, found.median_to) == (50, None)


def test_what_began_before_the_years_is_told_as_earlier():
    found = read((9000,) + (0,) * 5, persons(before=9000), persons(y2019=9000))

    assert (found.first_year, found.or_earlier, found.last_year) == (2009, True, 2019)


def test_what_has_no_date_has_no_year_and_hides_none():
    found = read((9000, 0, 0, 0, 0, 0), extent=DATELESS, sigma=policy().sigma)

    assert (found.median_from, found.first_year, found.last_year) == (1, None, None)
    assert found.hidden_en is None


def test_few_persons_before_the_others_move_no_year():
    # Ten persons with values of 2010 are what noise of 17 may be.
    few = read(
        (0, 0, 9000, 0, 0, 0), persons(y2010=10, y2015=9000), persons(y2018=9000)
    )

    assert few.first_year == 2015


@pytest.mark.parametrize("sigma", [SIGMA, 10 * SIGMA])
def test_of_noise_alone_nothing_is_told(sigma):
    random, told = np.random.default_rng(1), 0
    cells = len(DATED.layout.cells)
    for _ in range(400):
        noisy = np.rint(random.normal(0, sigma, cells)).astype(int).tolist()
        (found,) = read_extents(
            DATED,
            policy(),
            dict(zip(DATED.layout.cells, noisy, strict=True)),
            sigma,
        )
        told += found.median_from is not None or found.first_year is not None
        assert (found.hidden_en is None) == (
            found.median_from is not None and found.first_year is not None
        )

    # The threshold lets one count in forty pass.
    assert told < 40


def test_a_told_median_holds_in_nineteen_of_twenty_cases():
    random, right, told = np.random.default_rng(2), 0, 0
    for _ in range(400):
        numbers = random.integers(1, 30, 400)
        sizes = np.bincount(
            np.digitize(numbers, [2, 5, 10, 20, 50]), minlength=6
        ) + np.rint(random.normal(0, SIGMA, 6)).astype(int)
        found = read(sizes.tolist(), persons(y2012=400), persons(y2018=400))
        if found.median_from is not None:
            told += 1
            median = int(np.median(numbers))
            right += found.median_from <= median <= (found.median_to or median)

    assert told > 300
    assert right / told >= 0.93


def median_held(reach: float, sigma: float) -> float:
    """Return how often a median at an edge is told as such, in the worst case.

    A third of the answers are a neighbour's, and whoever differs is on one side of the
    edge; the neighbour too was a half that was asked second.
    """
    noise = sigma * math.sqrt(6) / 2

    def inside(apart: int) -> float:
        return P((reach - apart / 2) / noise) - P((-reach - apart / 2) / noise)

    neighbour = sum(chance * inside(apart) for apart, chance in distances().items())
    return (1 - SNAPPED) * inside(0) + SNAPPED * neighbour


@pytest.mark.parametrize("memberships", [1, 3, 30, 300])
def test_a_median_holds_beside_what_snapping_adds(memberships):
    sigma = policy().sigma * math.sqrt(2 * memberships)

    assert median_held(reach_of_median(6, policy(), sigma), sigma) >= 0.95


def test_a_median_that_minds_noise_alone_would_not_hold():
    sigma = policy().sigma * math.sqrt(2)

    assert median_held(2 * sigma * math.sqrt(6) / 2, sigma) < 0.95


def test_a_neighbours_early_values_tell_no_year():
    # Fifty of a neighbour may have some of 2010, and the noise another thirty.
    sigma = SIGMA * math.sqrt(2)
    few = read(
        (0, 0, 9000, 0, 0, 0),
        persons(y2010=80, y2015=9000),
        persons(y2018=9000),
        sigma=sigma,
    )

    assert few.first_year == 2015


def test_cells_of_numbers_leave_no_gap():
    ends = [bounds(fewest) for fewest in (1, 2, 5, 10, 20, 50)]

    assert ends == [(1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None)]
