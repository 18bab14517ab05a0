"""The noise of the count gate: the discrete Gaussian of OpenDP.

Canonne, Kamath, Steinke: *The Discrete Gaussian for Differential Privacy* (2020).
OpenDP samples it exactly, in integers, from the operating system's randomness: there
is no seed to guess and no floating-point tail to read (Mironov, CCS 2012).
"""

from functools import cache
from typing import Any

import opendp.prelude as dp


# Integer sampling of counts is among what OpenDP labels contributed.
dp.enable_features("contrib")


def add_noise(count: int, *, sigma: float) -> int:
    """Return the count plus one fresh sample of noise, an integer of any sign."""
    noisy: int = _gaussian(sigma)(count)
    return noisy


@cache
def _gaussian(sigma: float) -> Any:
    return dp.m.make_gaussian(
        dp.atom_domain(T=int), dp.absolute_distance(T=int), scale=float(sigma)
    )
