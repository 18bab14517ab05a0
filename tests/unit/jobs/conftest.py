import pytest

from tests.builders.hand_clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    """A clock that a test moves by hand."""
    return HandClock()
