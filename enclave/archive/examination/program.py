"""Read what runs left, in a sandbox that sees nothing else.

Run as ``python -I -m enclave.archive.examination.program FOLDER DESCRIPTOR``: the
answer goes behind the descriptor. What it reads was written by anybody's code, meant
perhaps to break what reads it. It breaks this process, then; and one that takes it over
is in a room without network, keys or other files, and writes an answer that is
checked.
"""

import errno
import os
import sys
from pathlib import Path
from typing import Literal

from enclave.archive.comparison.compare import ComparedOutput
from enclave.archive.comparison.text import TextComparer
from enclave.archive.examination.answers import (
    LARGEST_ANSWER,
    LARGEST_VIEWS,
    Answer,
    Question,
)
from enclave.archive.extraction import extracted
from enclave.archive.report_sides import Sides, View, views_of
from enclave.archive.run_comparison import compare_runs


QUESTION, ARCHIVED, RERUN = "question.json", "archived", "rerun"

# To write them takes none.
_OUT_OF_MEMORY = b'{"refused": "memory", "error": "MemoryError"}'
_TOO_LARGE = b'{"refused": "large"}'


# What the machine lacks, and no output can be blamed for.
_LACKING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE}


def answer_into(folder: Path, target: int) -> None:
    """Answer the question that lies in a folder."""
    try:
        said = _answer(folder).model_dump_json().encode()
        _write(said if len(said) <= LARGEST_ANSWER else _TOO_LARGE, target)
    except MemoryError:
        _write(_OUT_OF_MEMORY, target)
    except BaseException as error:  # noqa: BLE001 - libraries raise what they like
        told = Answer(refused=_reason(error), error=type(error).__name__)
        _write(told.model_dump_json().encode(), target)


def _write(said: bytes, target: int) -> None:
    """Write an answer in the place of one of which perhaps a part was written."""
    os.ftruncate(target, 0)
    os.lseek(target, 0, os.SEEK_SET)
    with os.fdopen(target, "wb", closefd=False) as file:
        file.write(said)


def _answer(folder: Path) -> Answer:
    question = Question.model_validate_json((folder / QUESTION).read_bytes())
    plan, again = question.plan, folder / RERUN
    if question.policy is None:
        return Answer(records=tuple(extracted(plan, again)))
    comparer = TextComparer(question.policy, question.circumstances)
    archived = folder / ARCHIVED
    outputs = compare_runs(comparer, plan, archived, again).outputs
    sides = Sides.of_runs(plan, archived, again)
    return Answer(outputs=outputs, views=_not_too_many(outputs, sides))


def _not_too_many(outputs: tuple[ComparedOutput, ...], sides: Sides) -> dict[int, View]:
    """Return what is shown of the first outputs that changed: not of all, if many."""
    kept, total = {}, 0
    for place, view in views_of(outputs, sides):
        total += view.size
        if total > LARGEST_VIEWS:
            break
        kept[place] = view
    return kept


def _reason(error: BaseException) -> Literal["large", "broken", "host"]:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EFBIG:  # Python has the signal for it ignored
        return "large"
    if isinstance(error, ImportError) or number in _LACKING:
        return "host"
    return "broken"


if __name__ == "__main__":
    answer_into(Path(sys.argv[1]), int(sys.argv[2]))
