"""Hypothesis strategies: comparisons, and the few numbers and units they meet."""

from hypothesis import strategies as st

from enclave.cohort.question import Between, Comparison


some = st.sampled_from
UNITS = ["mg/L", "g/L", "mmol/L", "%"]
NUMBERS = [-1.0, 0.0, 4.0, 4.5, 5.0, 0.0045, 4500.0]
UNITS_ASKED = [
    *[{"unit": None}] * 4,
    {"unit": "mg/L"},
    {"unit": "g/L"},
    {"unit": "g/L", "convert": "scale"},
    {"unit": "mmol/L", "convert": "scale"},
    {"unit": "mg/L", "convert": "glucose"},
    {"unit": "mmol/L", "convert": "glucose"},
    {"unit": "%", "convert": "haemoglobin_a1c"},
]


def values():
    operators = some(["<", "<=", ">", ">=", "="])
    comparison = st.tuples(operators, some(NUMBERS), some(UNITS_ASKED)).map(
        lambda drawn: Comparison(operator=drawn[0], threshold=drawn[1], **drawn[2])
    )
    between = st.tuples(some(NUMBERS), some(NUMBERS), some(UNITS_ASKED)).map(
        lambda drawn: Between(lower=min(drawn[:2]), upper=max(drawn[:2]), **drawn[2])
    )
    return comparison | between
