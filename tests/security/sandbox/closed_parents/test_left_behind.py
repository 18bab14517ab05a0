"""A parent that leaves something running is ended before a run is believed."""

import psutil
import pytest

from enclave.sandbox.beneath import mount_namespace
from enclave.sandbox.closed_parent import ClosedParent, LeftBehindError
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import needs_root, sandbox_beneath
from tests.security.sandbox.closed_parents.parents import (
    KERNEL,
    LURKING,
    LURKING_LATER,
    WITH_FILES,
    nothing_is_left,
    recipe,
)
from tests.security.sandbox.harmful_package import STAYS


pytestmark = [pytest.mark.sandbox, needs_root, pytest.mark.timeout(120)]


def _lurking(parent: ClosedParent) -> psutil.Process:
    (lurking,) = psutil.Process(parent._sandbox.pid).children()
    return lurking


def test_one_that_leaves_something_running_when_it_loads_is_ended(caplog):
    seen: list[str] = []
    with ClosedParent(recipe(LURKING), seen.append) as parent:
        assert not parent.ready(seconds=60)
        assert not parent.alive
    assert seen == ["when loaded"]
    assert "left processes behind" in caplog.text
    nothing_is_left()


def test_one_that_left_something_running_is_ended_before_a_run_is_in_sight(run):
    """Started when it was asked whether it answers."""
    with ClosedParent(recipe(LURKING_LATER)) as parent:
        parent._loader.join(60)
        assert parent.ready()
        lurking = _lurking(parent)
        with (
            mount_namespace(run) as files,
            pytest.raises(LeftBehindError, match="did not stand still"),
            sandbox_beneath(parent, files, KERNEL),
        ):
            pass
        assert not parent.alive
        assert not lurking.is_running()
    nothing_is_left()


def test_what_a_fork_leaves_behind_ends_before_anything_is_believed(run, tmp_path):
    """It has the files of the run in sight, and every right in the sandbox."""
    ticks, seen = tmp_path / "ticks", []
    with ClosedParent(recipe(STAYS), seen.append) as parent:
        assert parent.ready(seconds=60)
        with (
            mount_namespace(run) as files,
            pytest.raises(LeftBehindError, match="counts for nothing"),
            sandbox_beneath(parent, files, WITH_FILES) as sandbox,
            parent.fork(sandbox.handle, WITH_FILES, {}) as fork,
        ):
            assert fork.wait() == 0
            wait_for(ticks.exists)
        assert not parent.alive
        assert seen == ["after a fork"]
        last = ticks.read_text()
    nothing_is_left()
    assert ticks.read_text() == last
