"""Execute an archived analysis again: as it was then, or as it would be today.

The work goes in steps, each of which is there completely or not at all: the run, the
report, the certificate, what workspaces see of it, the record. Killed between two of
them, whoever asks next goes on from there, so that nothing that was executed to its end
is executed again.
"""

from pathlib import Path

from enclave import durable
from enclave.archive import rerun_request
from enclave.archive.certificate import Certificate, verify_file
from enclave.archive.locks import lock_of_rerun
from enclave.archive.rerun_terms import AS_RECORDED, Terms
from enclave.archive.rerun_work import CERTIFICATE, PAGE, REPORT, RUN, RerunWork
from enclave.archive.sandbox_run import Stop, Watch, unwatched
from enclave.archive.warm_start import WarmStarts
from enclave.clock import Clock, now
from enclave.lock import exclusive
from enclave.sandbox.running import never
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database


__all__ = ["CERTIFICATE", "PAGE", "REPORT", "RUN", "complete", "folder_of", "rerun"]


def rerun(  # noqa: PLR0913 - where, what, who, and how it is told and timed
    settings: Settings,
    database: Database,
    analysis_id: str,
    *,
    actor: str,
    key: str | None = None,
    terms: Terms = AS_RECORDED,
    clock: Clock = now,
    watch: Watch = unwatched,
    warm: WarmStarts | None = None,
) -> Certificate:
    """Execute an archived analysis again, compare, and certify the outcome.

    Parameters
    ----------
    analysis_id
        Of the archived analysis.
    actor
        Who asks: a member of the project, CORE or an auditor.
    key
        What the asker calls this request; the same key is the same request. Without
        one, a request of the actor that is not done yet is gone on with.
    terms, warm
        On which data and in which kernel; and what that may be forked from.
    watch
        Told of each start and end of a cell.

    Returns
    -------
    Certificate
        Signed as ``certificate.json`` in :func:`folder_of` the re-run, beside the
        report. An analysis that could not run has one, too.

    Raises
    ------
    NotFoundError
        If there is no such analysis or account, or the kernel is not installed.
    PolicyRefusal
        If the account may not ask, or today's data are asked for and the grant does
        not hold any more.
    IntegrityError
        If the archive, the kernel or the data were changed; the request stays open.
    HostError
        If this machine cannot run sandboxes; the request stays open.
    """
    with database.begin() as session:
        wish = rerun_request.Wish(actor, key, terms)
        request = rerun_request.ask(session, analysis_id, wish, clock=clock)
    return complete(settings, database, request, clock=clock, watch=watch, warm=warm)


def complete(  # noqa: PLR0913 - as above
    settings: Settings,
    database: Database,
    request: Rerun,
    *,
    clock: Clock = now,
    watch: Watch = unwatched,
    stop: Stop = never,
    warm: WarmStarts | None = None,
) -> Certificate:
    """Do what is left to do of a request; nothing, if it is done.

    Raises
    ------
    StoppedError
        If ``stop`` said so before it had run to its end.
    """
    folder = folder_of(settings, request.analysis_id, request.number)
    with exclusive(lock_of_rerun(settings, request.analysis_id, request.number)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        durable.sweep_partials(folder)
        work = RerunWork.on(settings, database, request, clock, warm)
        if not (folder / RUN).exists():
            with durable.new_folder(folder / RUN, mode=0o700) as partial:
                work.execute(partial, watch, stop)
        if not (folder / CERTIFICATE).exists():
            work.certify(folder, stop)
        work.share(folder)
        trusted_key = Signer.load(settings).public_key
        certificate = verify_file(folder / CERTIFICATE, trusted_key)
        with database.begin() as session:
            rerun_request.conclude(session, request, certificate, clock=clock)
    return certificate


def folder_of(settings: Settings, analysis_id: str, number: int) -> Path:
    """Return where the report and the certificate of a re-run lie."""
    return settings.archive / "reruns" / analysis_id / f"{number:04d}"
