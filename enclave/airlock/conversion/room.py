"""Have an uploaded file made into a plain CSV, in a sandbox of its own."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from enclave import durable
from enclave.airlock.conversion import plain_csv
from enclave.airlock.conversion.refusals import (
    HOST,
    IMPLAUSIBLE,
    UNFINISHED,
    fault_of_the_host,
    refusal,
)
from enclave.sandbox import accounts
from enclave.sandbox.description import GIBIBYTE, Limits, Mount, SandboxDescription
from enclave.sandbox.running import (
    BROKEN,
    KILLED,
    Outcome,
    StoppedError,
    never,
    run,
)
from enclave.sandbox.runtime_mounts import python_runtime


LIMITS = Limits(
    memory_bytes=3 * GIBIBYTE,
    # The file that is read (2 GiB) and programs have their place in it, too.
    address_bytes=8 * GIBIBYTE,
    processes=8,
    cpu_seconds=1_800,
    file_bytes=plain_csv.MOST_BYTES,
    tmp_bytes=16 << 20,
    wall_seconds=3_600,
)
PROGRAM = (sys.executable, "-I", "-m", "enclave.airlock.conversion.program")

DRAFT = ".partial-"
_UPLOAD = Path("/upload/file")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

Declared = Literal["text", "integer", "number", "date", "time", "boolean", ""]


class Header(BaseModel):
    """What a conversion says about the file: written inside, so every word is checked.

    Attributes
    ----------
    refused
        Why it could not be read; empty if it was.
    format
        What kind of file it is.
    names, declared
        Of its columns; the type that the file itself gives each, where it gives one.
    rows
        How many rows were written.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    refused: Annotated[str, Field(max_length=40)] = ""
    format: Annotated[str, Field(pattern=r"^[a-z0-9]{0,12}$")] = ""
    names: Annotated[
        tuple[Annotated[str, Field(max_length=200)], ...],
        Field(max_length=plain_csv.MOST_COLUMNS),
    ] = ()
    declared: Annotated[
        tuple[Declared, ...], Field(max_length=plain_csv.MOST_COLUMNS)
    ] = ()
    rows: Annotated[int, Field(ge=0, le=plain_csv.MOST_ROWS)] = 0


def convert(
    raw: Path,
    target: Path,
    *,
    program: Sequence[str] = PROGRAM,
    limits: Limits = LIMITS,
    stop: Callable[[], bool] = never,
) -> Header:
    """Make an uploaded file into a plain CSV that is there whole or not at all.

    Parameters
    ----------
    program
        What reads the file. It sees that file and nothing else of ours, and can write
        into one file that is handed to it.
    stop
        Asked again and again whether to end it.

    Raises
    ------
    InputError
        If the file cannot be read, or what was read of it does not fit together.
    HostError
        If this machine has no sandbox, or something else to read the file with or to.
    StoppedError
        If ``stop`` said so.
    """
    account = accounts.for_uploads()
    if account is not None:
        # The folder above is closed to it, but for the one file that it is shown.
        os.chown(raw, -1, account.gid)
        raw.chmod(0o640)
    with _draft(target) as (draft, file):
        room = SandboxDescription(
            [*program, str(_UPLOAD), str(file)],
            mounts=(*python_runtime(), Mount(raw.resolve(), _UPLOAD)),
            environment=_ENVIRONMENT,
            limits=limits,
            account=account,
            pass_fds=(file,),
            die_with_parent=True,
        )
        outcome = _run(room, file, stop)
        header = believed(outcome, draft)
        os.fsync(file)
        durable.shred(target)  # what lies there is of an earlier attempt
        draft.replace(target)
    return header


def _run(room: SandboxDescription, file: int, stop: Callable[[], bool]) -> Outcome:
    outcome = run(room, stop=stop)
    if outcome.exit_code == KILLED and not outcome.timed_out:
        # By its file, or by a machine that was short of memory: only the file does
        # it twice.
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        outcome = run(room, stop=stop)
    if stop():
        raise StoppedError  # a short one is over before it is asked
    return outcome


def forget_drafts(folder: Path) -> bool:
    """Destroy what a killed process left half-written; return whether it did."""
    drafts = [*folder.glob(f"{DRAFT}*")]
    for draft in drafts:
        durable.shred(draft)
    return bool(drafts)


@contextmanager
def _draft(target: Path) -> Iterator[tuple[Path, int]]:
    forget_drafts(target.parent)
    file, name = tempfile.mkstemp(prefix=DRAFT, dir=target.parent)
    try:
        yield Path(name), file
    finally:
        os.close(file)
        durable.shred(Path(name))


def believed(outcome: Outcome, draft: Path) -> Header:
    """Return what the program said, if it came to an end and wrote just that.

    Raises
    ------
    InputError
        If it did not, or says that it could not read the file.
    HostError
        If it ended as no file can make it, or says that the machine lacks something.
    """
    if outcome.timed_out or outcome.exit_code in BROKEN:
        raise refusal(UNFINISHED)
    if outcome.exit_code != 0:
        raise fault_of_the_host(f"its reader ended with {outcome.exit_code}")
    found = None
    # Before the answer stands what libraries had to say.
    with suppress(ValidationError):
        found = Header.model_validate_json(["", *outcome.output.splitlines()][-1])
    # Without a cause, which might quote the file.
    if found is None:
        raise refusal(IMPLAUSIBLE)
    if found.refused == HOST:
        raise fault_of_the_host("space, or a part of the program, is missing")
    if found.refused:
        raise refusal(found.refused)
    written = plain_csv.examine(draft)
    said = plain_csv.PlainCsv(found.names, found.rows)
    if written != said or len(found.declared) != len(found.names):
        raise refusal(IMPLAUSIBLE)
    return found
