"""Try a re-run with forks first: they may confirm it, and never contradict it."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import Evidence, Report, read_evidence
from enclave.archive.run_record import Unconfirmed
from enclave.archive.run_times import RunTimes
from enclave.sandbox.running import StoppedError


logger = logging.getLogger(__name__)

# How long a forked run may take, in seconds and in times of what the archived one took.
_LONGEST_START, _AS_OFTEN = 60.0, 4


def try_forks(
    folder: Path,
    name: str,
    *,
    run: Callable[[Path], None],
    judge: Callable[[Path], Report],
) -> Unconfirmed | None:
    """Run it from warm parents; keep what came of forks only if it is identical.

    Whatever else comes out is thrown away, and what a cold start shows is what counts.
    Where nothing could be forked after all, this was one.

    Parameters
    ----------
    folder, name
        What gets the files of a run that counts, and what the re-run is called.
    run, judge
        Run it in a folder, and compare what is in one.

    Returns
    -------
    Unconfirmed or None
        None if what counts is in the folder.
    """
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as attempt:
        tried = Path(attempt, folder.name)
        tried.mkdir()
        unconfirmed = _unconfirmed(tried, name, run, judge)
        if unconfirmed is None:
            for path in tried.iterdir():
                path.rename(folder / path.name)
    return unconfirmed


def _unconfirmed(
    tried: Path,
    name: str,
    run: Callable[[Path], None],
    judge: Callable[[Path], Report],
) -> Unconfirmed | None:
    try:
        run(tried)
        if _is_cold(read_evidence(tried)):
            return None
        verdict = judge(tried).verdict
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, a cold start decides
        kind = type(error).__name__
        logger.warning("the forked run of %s failed (%s): it starts cold", name, kind)
        return "failed"
    if verdict is Verdict.IDENTICAL:
        return None
    logger.warning("a fork did not confirm %s (%s): it starts cold", name, verdict)
    return "not identical"


def seconds_of_forks(archived: RunTimes) -> float:
    """Bound a forked run by what the archived one took: it must not hang."""
    return _LONGEST_START + _AS_OFTEN * archived.seconds


def _is_cold(evidence: Evidence) -> bool:
    return evidence.times is None or evidence.times.start == "cold"
