"""What is read off noisy cells that nobody sees."""

import numpy as np
import pytest
from pyroaring import BitMap

from enclave.disclosure.layout import Layout
from enclave.disclosure.policy import policy
from enclave.disclosure.summary import Summary
from tests.builders.disclosure import a_gate, asker, but_not, event, question


def test_a_summary_of_a_half_is_read_with_the_noise_that_it_has(database):
    gate, whole, code = a_gate(database), event("DC50"), event("DI10")
    years = tuple(map(str, range(2000)))
    layout = Layout("years", years, composed=True, memberships=3, kept=("all",))
    halves = {
        code: BitMap(range(400)),
        but_not(code): BitMap(range(400, 1000)),
    }
    spreads, told = [], []
    for part, persons in halves.items():
        nobody = Summary(
            layout=layout,
            sorter=lambda _, found=persons: {"all": found},
            sizes=lambda _: dict.fromkeys(layout.cells, 0),
            say=lambda cells, sigma: (np.std([*cells.values()]), sigma),
        )
        answer = gate.ask_summary(asker(), question(whole, part), 1, nobody)
        spreads.append(answer.said[0])
        told += [answer.said[1], answer.sigma]

    assert spreads[1] > 1.2 * spreads[0]
    assert told == pytest.approx([2**0.5 * policy().sigma * layout.widening] * 4)
    assert told[0] == pytest.approx(spreads[1], rel=0.1)
