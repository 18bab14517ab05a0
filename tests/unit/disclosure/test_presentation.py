"""What is shown follows from the noisy count alone."""

import inspect

import pytest

from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import in_words, presented, threshold


@pytest.mark.parametrize(
    ("noisy", "shown", "danish"),
    [
        (-17, "fewer than 20", "færre end 20"),
        (0, "fewer than 20", "færre end 20"),
        (19, "fewer than 20", "færre end 20"),
        (20, "20", "20"),
        (24, "20", "20"),
        (25, "30", "30"),
        (34, "30", "30"),
        (994, "990", "990"),
        (995, "1,000", "1.000"),
        (1000, "1,000", "1.000"),
        (1234, "1,230", "1.230"),
        (1235, "1,240", "1.240"),
        (9999, "10,000", "10.000"),
        (12_349, "12,300", "12.300"),
        (123_500, "124,000", "124.000"),
        (5_604_999, "5,600,000", "5.600.000"),
    ],
)
def test_rounding(noisy: int, shown: str, danish: str):
    value = presented(noisy, policy())

    assert in_words(value, policy()) == shown
    assert in_words(value, policy(), "da") == danish


def test_every_ten_is_shown_for_ten_noisy_counts():
    shown = [presented(noisy, policy()) for noisy in range(25, 985)]

    assert {shown.count(value) for value in shown} == {10}


def test_true_counts_cannot_get_here():
    assert [*inspect.signature(presented).parameters] == ["noisy", "policy", "widening"]


@pytest.mark.parametrize(("widening", "limit"), [(1, 20), (2**0.5, 30), (10, 200)])
def test_wider_noise_has_a_higher_threshold(widening: float, limit: int):
    assert threshold(policy(), widening=widening) == limit
    assert presented(limit - 1, policy(), widening=widening) is None
    assert presented(limit, policy(), widening=widening) == limit
    assert in_words(None, policy(), widening=widening) == f"fewer than {limit}"
