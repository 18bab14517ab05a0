"""The days the made-up warehouse covers, as days since 1 January 1970."""

from datetime import date

import numpy as np
from numpy.typing import NDArray


Days = NDArray[np.int32]

EPOCH = date(1970, 1, 1)
FIRST = (date(2005, 1, 1) - EPOCH).days
LAST = (date(2025, 12, 31) - EPOCH).days
YEAR = 365.25
