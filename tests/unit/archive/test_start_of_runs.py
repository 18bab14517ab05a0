"""How a run was started is known to who started it, whatever the run writes down."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from enclave.archive import execution
from enclave.archive.run_record import RunRecord, Software
from enclave.archive.warm_start import WarmStarts
from enclave.sandbox.closed_parent import LeftBehindError
from enclave.sandbox.description import Limits
from enclave.sandbox.released_kernels import DEFAULT
from enclave.sandbox.running import Outcome
from enclave.settings import Settings
from tests.builders.forked import notebook
from tests.conftest import KERNELS


def _runs(says: str, seen: list[Any]) -> Callable[..., Outcome]:
    """Return what runs nothing, and writes down what a package may have written."""

    def run(description, **_watched: Any) -> Outcome:
        seen.append(description.limits.wall_seconds)
        target = Path("/project/run")
        (folder,) = (m.source for m in description.mounts if m.target == target)
        software = Software(kernel=DEFAULT)
        record = RunRecord(status="completed", seconds=1, start=says, software=software)
        (folder / "run.json").write_text(record.model_dump_json())
        return Outcome(0, "", timed_out=False, seconds=1)

    return run


class Warm(WarmStarts):
    """The place of parents: what is forked from them only writes."""

    def __init__(self, run: Callable[..., Outcome] | None) -> None:
        self.ready = None if run is None else SimpleNamespace(run=run)

    def of(self, *_asked: Any, **_more: Any) -> Any:
        return self.ready


def _execute(folder: Path, warm: Warm | None) -> RunRecord:
    return execution.execute(
        Settings.at(folder / "home", kernels=str(KERNELS)),
        notebook=notebook(folder / "given.ipynb", "1"),
        kernel=DEFAULT,
        data=None,
        out=folder / "out",
        parameters={},
        limits=Limits(wall_seconds=300),
        account=None,
        warm=warm,
        seconds_forked=20,
    )


@pytest.mark.parametrize("says", ["cold", "forked"])
def test_what_was_forked_was_forked(tmp_path, says):
    seen: list[float] = []
    assert _execute(tmp_path, Warm(_runs(says, seen))).start == "forked"
    assert '"start": "forked"' in (tmp_path / "out" / "run.json").read_text()
    assert seen == [20]  # and has less time


@pytest.mark.parametrize("says", ["cold", "forked"])
@pytest.mark.parametrize("warm", [None, Warm(None)])
def test_what_was_not_forked_started_cold(tmp_path, monkeypatch, says, warm):
    seen: list[float] = []
    monkeypatch.setattr(execution, "run", _runs(says, seen))
    assert _execute(tmp_path, warm).start == "cold"
    assert seen == [300]


def test_what_was_written_beside_a_process_that_stayed_is_not_read(tmp_path):
    def run(description, **watched: Any) -> Outcome:
        _runs("forked", [])(description, **watched)
        raise LeftBehindError("It stayed.")

    with pytest.raises(LeftBehindError):
        _execute(tmp_path, Warm(run))
    assert not (tmp_path / "out" / "run.json").exists()
