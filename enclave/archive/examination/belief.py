"""What is believed of an answer that was written in a sandbox."""

import logging
import math
import os

from pydantic import ValidationError

from enclave.archive.examination.answers import LARGEST_ANSWER, Answer
from enclave.errors import HostError, InputError
from enclave.sandbox.description import Limits
from enclave.sandbox.running import BROKEN, KILLED, Outcome


logger = logging.getLogger(__name__)


class UnreadableError(InputError):
    """What a run left breaks what reads it, or is more than can be read."""


def believed(outcome: Outcome, file: int) -> Answer:
    """Return what was answered, if it was answered to the end and makes sense.

    Raises
    ------
    UnreadableError
        If it was not.
    HostError
        If it ended as nothing that it read can make it.
    """
    code = _exit_code(outcome)
    if outcome.timed_out or code in BROKEN:
        raise _unreadable("it took too much time or memory")
    if code != 0:
        raise _fault_of_the_host(f"what reads it ended with {code}")
    if os.fstat(file).st_size > LARGEST_ANSWER:
        raise _unreadable("too much was found")
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(file, "rb", closefd=False) as content:
        try:
            answer = Answer.model_validate_json(content.read())
        except ValidationError:
            answer = None
    if answer is None:  # without a cause, which might quote what was read
        raise _unreadable("the answer makes no sense")
    _check(answer)
    return answer


def perhaps_starved(outcome: Outcome, limits: Limits) -> bool:
    """Say whether a machine that was short of memory may have ended it.

    Linux ends in the same way what has used up its processor time, and the first
    process of a sandbox is not told before. That takes at least as long as that time.
    """
    killed = _exit_code(outcome) == KILLED and not outcome.timed_out
    return killed and outcome.seconds < (limits.cpu_seconds or math.inf)


def _exit_code(outcome: Outcome) -> int:
    """Return 128 + signal, also of a fork, of which Linux says minus the signal."""
    code = outcome.exit_code
    return 128 - code if code < 0 else code


def _check(answer: Answer) -> None:
    """Refuse an answer that says that there is none."""
    if answer.refused == "host":
        raise _fault_of_the_host("space, or a part of the program, is missing")
    if answer.refused == "large":
        raise _unreadable("too much was found")
    if answer.refused:
        logger.warning("what runs left could not be read (%s)", answer.error)
        raise _unreadable(f"reading it ended with {answer.error}")


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(
        f"What the analysis shows cannot be read with the memory and the time there is"
        f" for it ({why}). Show less, or write large results to files."
    )


def _fault_of_the_host(what: str) -> HostError:
    return HostError(
        f"This machine could not read what the run left ({what}). Look whether it has"
        " memory and disk left, then go on with the request."
    )
