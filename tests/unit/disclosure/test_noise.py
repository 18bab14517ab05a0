"""The noise is the discrete Gaussian that was promised."""

import math

import numpy as np
import pytest

from enclave.disclosure.accounting import epsilon, rho
from enclave.disclosure.noise import _gaussian, add_noise


SAMPLES = 4000


def test_noise_has_the_promised_size_and_shape():
    drawn = np.array([add_noise(1000, sigma=10) for _ in range(SAMPLES)]) - 1000

    # Four standard errors: fails by chance less than once in ten thousand runs.
    assert abs(drawn.mean()) < 4 * 10 / math.sqrt(SAMPLES)
    assert abs(drawn.std() / 10 - 1) < 4 / math.sqrt(2 * SAMPLES)
    beyond_two_sigma = (abs(drawn) > 20).mean()
    assert abs(beyond_two_sigma - 0.0404) < 4 * math.sqrt(0.0404 / SAMPLES)
    assert drawn.dtype.kind == "i"


def test_every_draw_is_fresh():
    assert len({add_noise(0, sigma=10) for _ in range(200)}) > 20


def test_nobody_may_look_negative_before_rounding():
    assert any(add_noise(0, sigma=10) < 0 for _ in range(200))


def test_price_of_a_question_is_the_one_in_the_literature():
    # As OpenDP itself accounts it.
    assert _gaussian(10).map(1) == pytest.approx(rho(1, sigma=10))
    assert _gaussian(7).map(1) == pytest.approx(rho(1, sigma=7))
    assert epsilon(1, sigma=10) == pytest.approx(0.53, abs=0.005)
    assert epsilon(40, sigma=10) == pytest.approx(3.5, abs=0.05)
    assert epsilon(200, sigma=10) == pytest.approx(8.4, abs=0.05)
