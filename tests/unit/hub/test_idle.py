"""When a workspace that nobody uses is closed."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import enclave_hub.workspace
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


def test_the_warning_saves_what_changed_and_nothing_else():
    """To save is to use the workspace, which would then stay open for ever."""
    folder = Path(enclave_hub.workspace.__file__).parent
    extension = folder / "labextensions" / "enclave-idle" / "static" / "remoteEntry.js"
    node = shutil.which("node")
    assert node is not None
    page = Path(__file__).with_name("idle_page.mjs")

    said = subprocess.run([node, page, extension], capture_output=True, check=True)

    assert json.loads(said.stdout) == ["changed"]
