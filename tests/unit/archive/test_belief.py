"""What is believed of an answer about that which runs left."""

import ast
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from enclave.archive.analysis.plan import Plan, Step
from enclave.archive.examination import belief, program
from enclave.archive.examination.answers import MOST_OUTPUTS, Answer, Question
from enclave.archive.examination.belief import (
    UnreadableError,
    believed,
    perhaps_starved,
)
from enclave.errors import EnclaveError, HostError
from enclave.portal.danish import in_danish
from enclave.sandbox.description import Limits
from enclave.sandbox.running import Outcome
from tests.builders.sentences import text_of


EMPTY: dict[str, Any] = {"outputs": [], "views": {}, "records": []}
PICTURES = {"archived": None, "rerun": None, "difference": None}


@pytest.fixture
def file() -> Iterator[int]:
    with tempfile.TemporaryFile() as opened:
        yield opened.fileno()


def ended(code: int, *, timed_out: bool = False) -> Outcome:
    return Outcome(code, "", timed_out, 1.0)


def killed(seconds: float, code: int = 137) -> Outcome:
    return Outcome(code, "", timed_out=False, seconds=seconds)


def written(file: int, answer: dict[str, Any]) -> int:
    os.write(file, json.dumps(answer).encode())
    return file


def test_an_answer_that_was_given_to_its_end_is_taken(file):
    shown = {"records": [{"kind": "stdout", "numbers": ["1.5"], "cell": 1}]}
    assert believed(ended(0), written(file, shown)).records[0]["numbers"] == ["1.5"]


@pytest.mark.parametrize("code", [-9, 137, -11, 139, -24, 152, -25, -6])
def test_what_breaks_its_reader_gets_no_verdict(file, code):
    with pytest.raises(UnreadableError, match="too much time or memory"):
        believed(ended(code), written(file, EMPTY))


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (killed(9.0), True),
        (killed(9.0, -9), True),
        (killed(10.1), False),
        (ended(137, timed_out=True), False),
        (killed(9.0, 139), False),
    ],
)
def test_only_what_the_machine_may_have_ended_is_read_again(outcome, again):
    """What has used up its processor time would only do so again."""
    assert perhaps_starved(outcome, Limits(cpu_seconds=10)) is again


def test_an_answer_has_no_more_pieces_than_can_be_held(file):
    with pytest.raises(UnreadableError, match="makes no sense"):
        believed(ended(0), written(file, {"records": [{}] * (MOST_OUTPUTS + 1)}))


def test_what_takes_too_long_gets_no_verdict(file):
    with pytest.raises(UnreadableError):
        believed(ended(0, timed_out=True), written(file, EMPTY))


@pytest.mark.parametrize("code", [1, 2, 70])
def test_an_end_that_nothing_read_can_cause_is_the_machines(file, code):
    with pytest.raises(HostError, match=f"ended with {code}"):
        believed(ended(code), written(file, EMPTY))


def test_what_the_machine_lacks_is_no_fault_of_the_analysis(file):
    with pytest.raises(HostError, match="missing"):
        believed(ended(0), written(file, {"refused": "host"}))


@pytest.mark.parametrize("reason", ["memory", "broken"])
def test_a_reader_that_gives_up_gives_no_verdict(file, reason):
    with pytest.raises(UnreadableError, match="ValueError"):
        believed(ended(0), written(file, {"refused": reason, "error": "ValueError"}))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"verdict": "identical"},
        {"refused": "other"},
        {"refused": "broken", "error": "a patient's name, 010203-1234"},
        {"outputs": [{"cell": 1, "kind": "stdout", "verdict": "fine"}]},
        {"views": {"0": {"pictures": {**PICTURES, "rerun": "javascript:alert(1)"}}}},
        {"views": {"0": {"pictures": {**PICTURES, "rerun": 'data:x" onload="'}}}},
        {"views": {"first": {}}},
        {"views": {"0": {"lines": [["a", "b", "perhaps"]]}}},
    ],
)
def test_an_answer_that_makes_no_sense_is_none(file, answer):
    os.write(file, json.dumps(answer).encode() if answer else b"")
    with pytest.raises(UnreadableError, match="makes no sense"):
        believed(ended(0), file)


def test_no_more_is_read_than_an_answer_may_be(file, monkeypatch):
    monkeypatch.setattr(belief, "LARGEST_ANSWER", 10)
    with pytest.raises(UnreadableError, match="too much was found"):
        believed(ended(0), written(file, EMPTY))


def raising(error: type[BaseException]) -> Callable[..., Any]:
    def raises(*_: Any) -> None:
        raise error

    return raises


class Mpx2Error(Exception):
    """As libraries call theirs."""


def asked(folder: Path, file: int) -> Answer:
    """What is believed of what the program answers, without a sandbox."""
    plan = Plan(alone=True, steps=(Step(name="source.ipynb", kernel="python-2026.12"),))
    (folder / program.QUESTION).write_text(Question(plan=plan).model_dump_json())
    program.answer_into(folder, file)
    return believed(ended(0), file)


@pytest.mark.parametrize("error", [Mpx2Error, KeyboardInterrupt, SystemExit])
def test_whatever_breaks_the_reader_is_told(tmp_path, file, monkeypatch, error):
    monkeypatch.setattr(program, "extracted", raising(error))
    with pytest.raises(UnreadableError, match=error.__name__):
        asked(tmp_path, file)


def test_no_larger_answer_is_written_than_is_read(tmp_path, file, monkeypatch):
    monkeypatch.setattr(program, "extracted", lambda *_: [{"kind": "x" * 2000}])
    monkeypatch.setattr(program, "LARGEST_ANSWER", 1000)
    with pytest.raises(UnreadableError, match="too much was found"):
        asked(tmp_path, file)
    assert os.fstat(file).st_size < 1000


def reasons() -> Iterator[tuple[Callable[[str], EnclaveError], str]]:
    """What is said about answers, where it stands in the code."""
    for node in ast.walk(ast.parse(Path(belief.__file__).read_text("utf-8"))):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in ("_unreadable", "_fault_of_the_host"):
            yield getattr(belief, name), text_of(node.args[0]).replace("{}", "X1")


def test_each_reason_is_said_in_danish():
    assert len(list(reasons())) > 5
    for error, reason in reasons():
        said = in_danish(f"{error(reason)}")
        assert reason not in said
        assert not {"or", "the", "and"} & {*said.split()}, said
        assert ("X1" in said) == ("X1" in reason)
