"""The engine under papermill itself, with a plain local kernel.

papermill's own engine calls cells completed that never ran: seen here first.
"""

import json
import os
import signal
import threading

import nbformat
import papermill
import pytest
from papermill.engines import papermill_engines

from enclave.archive.run_record import Cause, Status
from enclave_kernels.engine import EnclaveEngine
from enclave_kernels.run_log import RunLog, TimeLimits


SLEEP = "import time; time.sleep(600)"

# jupyter_client leaves these to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def _notebook(*sources: str, tags: tuple[str, ...] = ()):
    node = nbformat.v4.new_notebook()
    node.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python",
        "language": "python",
    }
    node.metadata.papermill = {}
    node.cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
        for source in sources
    ]
    return node


def _run(*sources: str, limits: TimeLimits | None = None, tags=()):
    node, log = _notebook(*sources, tags=tags), RunLog()
    EnclaveEngine.execute_notebook(
        node, "python3", limits=limits or TimeLimits(), log=log
    )
    return node, log


def _statuses(node) -> list[str | None]:
    return [cell.metadata.papermill["status"] for cell in node.cells]


def test_papermill_finds_the_engine():
    assert papermill_engines.get_engine("enclave") is EnclaveEngine


def test_papermill_alone_calls_completed_what_never_ran(tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(Exception, match="timed out"):
        papermill.execute_notebook(
            _notebook("1", SLEEP, "3"), out, execution_timeout=1, progress_bar=False
        )

    assert _statuses(nbformat.read(out, as_version=4)) == ["completed"] * 3


def test_with_the_engine_it_does_not(tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            _notebook("1", SLEEP, "3"),
            out,
            engine_name="enclave",
            execution_timeout=1,
            progress_bar=False,
        )

    cells = nbformat.read(out, as_version=4).cells
    told = [c.metadata.papermill["status"] for c in cells if c.cell_type == "code"]
    assert told == ["completed", "failed", "pending"]


def test_papermill_is_told_of_a_kernel_that_never_started(tmp_path, monkeypatch):
    _add_kernel(tmp_path, monkeypatch, "broken", ["/bin/false"])

    with pytest.raises(RuntimeError, match="did not start"):
        papermill.execute_notebook(
            _notebook("1"), None, engine_name="enclave", kernel_name="broken"
        )


def test_a_clean_run_is_completed():
    node, log = _run("print(1)", "2")

    assert log.failure is None
    assert _statuses(node) == ["completed", "completed"]
    assert node.metadata.papermill["exception"] is False
    assert node.cells[0].outputs[0].text == "1\n"


def test_the_time_of_the_whole_run_is_limited():
    _, log = _run("1", SLEEP, limits=TimeLimits(run=8))

    assert log.failure.cause is Cause.TIMEOUT
    assert log.failure.cell == 1


def test_a_dead_kernel_is_told(capfd):
    node, log = _run("import os; os._exit(1)", "2")

    assert log.failure.cause is Cause.DEAD_KERNEL
    assert _statuses(node) == ["failed", "pending"]
    capfd.readouterr()


def test_no_tag_keeps_a_cell_from_being_run():
    _, log = _run("1/0", tags=("skip-execution",))

    assert log.failure.cell == 0


def test_an_empty_cell_is_neither_run_nor_missed():
    node, log = _run("")

    assert log.failure is None
    assert log.cells == []
    assert _statuses(node) == [None]


def test_outputs_that_nobody_computed_are_not_kept():
    node, log = _notebook("print(1)", "", "  "), RunLog()
    for cell in node.cells:
        cell.outputs = [nbformat.v4.new_output("stream", text="hazard ratio 0.31")]
        cell.execution_count = 7
    EnclaveEngine.execute_notebook(node, "python3", limits=TimeLimits(), log=log)

    assert log.failure is None
    assert [len(cell.outputs) for cell in node.cells] == [1, 0, 0]
    assert node.cells[0].outputs[0].text == "1\n"
    assert node.cells[1].execution_count is None


def test_a_run_can_be_cancelled():
    def cancel_when_it_sleeps(cell) -> None:
        if cell.index == 1 and cell.status is Status.RUNNING:
            threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    node, log = _notebook("1", SLEEP), RunLog(on_change=cancel_when_it_sleeps)
    EnclaveEngine.execute_notebook(node, "python3", limits=TimeLimits(), log=log)

    assert log.failure.cause is Cause.CANCELLED
    assert log.failure.cell == 1


def _add_kernel(folder, monkeypatch, name: str, argv: list[str]) -> None:
    kernel = folder / "kernels" / name
    kernel.mkdir(parents=True)
    document = {"argv": argv, "display_name": name, "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(document))
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
