from datetime import UTC, datetime

import pytest

from enclave.archive.comparison.policy import RULES
from enclave.archive.comparison.run_facts import Circumstances, RunFacts


THEN = RunFacts(
    started=datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC),
    ended=datetime(2026, 3, 2, 0, 10, tzinfo=UTC),
    packages={"pandas": "3.1.1", "numpy": "2.4.0"},
)
NOW = RunFacts(
    started=datetime(2031, 7, 4, 12, 0, tzinfo=UTC),
    ended=datetime(2031, 7, 4, 12, 1, tzinfo=UTC),
    packages={"pandas": "4.0.2", "numpy": "2.4.0"},
)


@pytest.mark.parametrize(
    ("text", "at_run_time"),
    [
        ("2026-03-01", True),
        ("2026-03-02", True),
        ("2026-02-28", False),
        ("23:59:59", True),
        ("00:05:00", True),
        ("12:00:00", False),
        ("2026-03-02T00:01:02.5Z", True),
        ("2026-03-02 01:01:02+01:00", True),
        ("2026-03-02 00:01:02,123", True),
        ("2026-03-02 09:01:02", False),
        ("Mon Mar  2 00:01:02 2026", True),
        ("Mon, 02 Mar 2026", True),
        ("Tue, 03 Mar 2026", False),
        ("2026-13-99", False),
        ("25:00:00", False),
    ],
)
def test_a_moment_of_the_run(text, at_run_time):
    assert THEN.was_at(text) is at_run_time


def _rule(name: str):
    return next(rule for rule in RULES if rule.name == name)


def test_a_date_is_noise_only_if_each_run_took_place_then():
    both = Circumstances(archived=THEN, rerun=NOW)

    assert both.prove(_rule("run-time"), "2026-03-02", "2031-07-04")
    assert not both.prove(_rule("run-time"), "2026-03-02", "2031-07-05")
    assert not both.prove(_rule("run-time"), "2031-07-04", "2031-07-04")


def test_a_version_is_explained_only_by_a_package_that_changed():
    both = Circumstances(archived=THEN, rerun=NOW)

    assert both.prove(_rule("package-version"), "3.1.1", "4.0.2")
    assert not both.prove(_rule("package-version"), "2.4.0", "4.0.2")
    assert not both.prove(_rule("package-version"), "2.4.0", "2.4.0")
