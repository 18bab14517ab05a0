"""What is promised of a count holds for counts as they come through the gate."""

import numpy as np
import pytest

from enclave.disclosure import snapping, stored_answers
from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import probable_range
from tests.security.count_gate.random_questions import counted


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
