"""When a workspace that nobody uses is closed."""

from datetime import UTC, datetime, timedelta

import pytest

from enclave_hub.workspace.idle import IdleRule


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "closes"), [(0, False), (3.9, False), (4, True)])
def test_it_is_closed_after_four_hours(hours, closes):
    last = NOON - timedelta(hours=hours)
    reason = IdleRule().reason_to_close(last, clock=lambda: NOON)
    assert (reason is not None) is closes


def test_the_reason_says_that_nothing_saved_is_lost():
    rule = IdleRule(limit=timedelta(minutes=30))
    reason = rule.reason_to_close(NOON - timedelta(hours=1), clock=lambda: NOON)
    assert "0.5 hours" in reason
    assert "What was saved" in reason
