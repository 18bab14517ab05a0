"""What is promised of a count holds for counts as they come through the gate."""

import numpy as np
import pytest

from enclave.disclosure import snapping, stored_answers
from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import probable_error, probable_range
from tests.security.count_gate.random_extents import extents_told
from tests.security.count_gate.random_questions import cells_counted, counted


@pytest.fixture
def seeded(monkeypatch):
    """Draw the noise from a seed: one run in ten is far from the mean of all."""
    random = np.random.default_rng(5)

    def add_noise(count: int, *, sigma: float) -> int:
        return count + round(random.normal(0, sigma))

    for module in (snapping, stored_answers):
        monkeypatch.setattr(module, "add_noise", add_noise)


@pytest.mark.usefixtures("seeded")
def test_the_probable_range_holds_what_it_promises():
    found, snapped = counted(300)
    shown = [(size, value) for size, value in found if value is not None]
    inside = 0
    for size, value in shown:
        low, high = probable_range(value, policy())
        inside += low <= size <= high

    # Answers that are a neighbour's are among them.
    assert snapped > 30
    assert inside / len(shown) >= 0.95


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("questions", "memberships", "cells"), [(50, 1, 20), (60, 2, 2)]
)
def test_the_range_of_a_cell_holds_what_it_promises(questions, memberships, cells):
    found, snapped = cells_counted(questions, memberships)
    shown = [(size, value) for size, value in found if value is not None]
    inside = sum(
        abs(value - size)
        <= probable_error(value, policy(), widening=memberships**0.5, cells=cells)
        for size, value in shown
    )

    # Cells that are a neighbour's are among them.
    assert snapped > 5
    assert inside / len(shown) >= 0.95


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("dated", [False, True])
def test_medians_and_years_hold_what_they_promise(dated):
    held = extents_told(60, dated=dated)

    # What is a neighbour's is among them.
    assert held.snapped > 5
    assert len(held.medians) > 30
    assert np.mean(held.medians) >= 0.95
    assert bool(held.years) == dated
    assert all(held.years)
