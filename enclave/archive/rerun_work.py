"""The two steps of a re-run that take time: executing, and certifying what came out."""

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from enclave import durable
from enclave.archive import layout, rerun_request, shelf
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.certificate import Certificate, issue
from enclave.archive.certificate_page import render
from enclave.archive.examination.room import examiner
from enclave.archive.fork_attempt import seconds_of_forks, try_forks
from enclave.archive.frozen_delivery import (
    DataOfRun,
    DataUnavailableError,
    frozen_data,
)
from enclave.archive.judgement import EVIDENCE, Evidence, Judgement, Report, judge
from enclave.archive.manifest import KernelRecord, Manifest
from enclave.archive.report_page import page
from enclave.archive.run_record import Cause, Unconfirmed
from enclave.archive.run_times import RunTimes
from enclave.archive.sandbox_run import Stop, Task, Watch, run
from enclave.archive.shared_comparison import share
from enclave.archive.shelf import Shelf
from enclave.archive.side_by_side import SideBySide, for_members, of_report
from enclave.archive.timestamp import Authority, stamp_of
from enclave.archive.todays_data import todays_data
from enclave.archive.warm_start import WarmStarts
from enclave.canonical import digest, file_digest
from enclave.clock import Clock
from enclave.errors import HostError, IntegrityError
from enclave.sandbox import released_kernels
from enclave.sandbox.accounts import for_project
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database


# The files of a re-run, and the folder of its execution.
RUN = "run"
REPORT = "report.json"
PAGE = "report.html"
SEEN = "side-by-side.json"
CERTIFICATE = "certificate.json"
CERTIFICATE_PAGE = "certificate.pdf"

# A fork saves seconds, and takes as long as a run where it does not confirm. So nothing
# is tried of which the archived run took longer than this, in seconds.
_WORTH_TRYING = 120.0


@dataclass(frozen=True)
class RerunWork:
    """One re-run in the making: what is asked for, and what it is made from."""

    settings: Settings
    database: Database
    request: Rerun
    project: int
    archived: Path
    sealed: Manifest
    clock: Clock
    warm: WarmStarts | None = None

    @classmethod
    def on(
        cls,
        settings: Settings,
        database: Database,
        request: Rerun,
        clock: Clock,
        warm: WarmStarts | None = None,
    ) -> "RerunWork":
        """Gather what a request needs, and check the archived analysis."""
        archive = Shelf(settings, database, clock=clock)
        with database.begin() as session:
            analysis = shelf.get(session, request.analysis_id)
        return cls(
            settings,
            database,
            request,
            analysis.project_number,
            archive.folder(analysis.id),
            archive.verified(analysis),
            clock,
            warm,
        )

    def execute(self, folder: Path, watch: Watch, stop: Stop) -> None:
        """Run it once more, and write down how that went."""
        examiner().get_ready()  # while the analysis runs
        unconfirmed = None
        if self._may_be_forked():
            unconfirmed = try_forks(
                folder,
                rerun_request.name(self.request),
                run=lambda tried: self._run(tried, watch, stop, self.warm),
                judge=lambda tried: self._judge(tried, stop).report,
            )
            if unconfirmed is None:
                return
        self._run(folder, watch, stop, forks=unconfirmed)

    def certify(self, folder: Path, stop: Stop) -> None:
        """Compare, report, and sign; the certificate comes last."""
        report, views = self._judge(folder / RUN, stop)
        content = report.model_dump_json(indent=1).encode()
        durable.write_file(folder / REPORT, content)
        seen = of_report(report, self.sealed, views)
        durable.write_file(folder / SEEN, seen.model_dump_json().encode())
        shown = page(report, self.sealed, seen)
        durable.write_file(folder / PAGE, shown.encode())
        certificate = self._certificate(report, hashlib.sha256(content).hexdigest())
        signer = Signer.load(self.settings)
        signed = issue(certificate, signer, Authority(self.settings))
        stamped = stamp_of(json.loads(signed))
        durable.write_file(folder / CERTIFICATE_PAGE, render(signed, stamped, signer))
        durable.write_file(folder / CERTIFICATE, signed)

    def _may_be_forked(self) -> bool:
        if self.warm is None or for_project(self.project) is None:
            return False
        if self.request.data == "today" or self.request.kernel is not None:
            return False  # other outputs are to be expected
        return is_worth_forking(self._archived_times())

    def _run(
        self,
        folder: Path,
        watch: Watch,
        stop: Stop,
        warm: WarmStarts | None = None,
        forks: Unconfirmed | None = None,
    ) -> None:
        """Run it, and write down how that went, and what forks had said."""
        evidence = self._evidence(folder, watch, stop, warm)
        evidence = evidence.model_copy(update={"unconfirmed_forks": forks})
        durable.write_file(folder / EVIDENCE, evidence.model_dump_json().encode())

    def _evidence(
        self, folder: Path, watch: Watch, stop: Stop, warm: WarmStarts | None
    ) -> Evidence:
        other_kernel = self._other_kernel()
        analysis = Analysis.archived(self.archived)
        if other_kernel:
            analysis = analysis.in_kernel(other_kernel.name)
        try:
            with self._data(folder.parent) as data:
                task = Task(analysis, data.folder, self.project)
                if warm is not None:
                    seconds = seconds_of_forks(self._archived_times())
                    task = replace(task, warm=warm, seconds_forked=seconds)
                times = run(
                    self.settings,
                    task,
                    folder.parent,
                    into=folder,
                    clock=self.clock,
                    watch=watch,
                    stop=stop,
                )
        except DataUnavailableError:
            return Evidence(data="unavailable", other_kernel=other_kernel)
        _check_machine(times)
        same = data.record == self.sealed.delivery
        return Evidence(
            data=data.origin,
            other_kernel=other_kernel,
            other_delivery=None if same else data.record,
            times=times,
        )

    def _archived_times(self) -> RunTimes:
        log = self.archived / layout.RUN_LOG
        return RunTimes.model_validate_json(log.read_bytes())

    def _data(self, scratch: Path) -> AbstractContextManager[DataOfRun]:
        settings, database, sealed = self.settings, self.database, self.sealed
        if self.request.data == "today":
            return todays_data(settings, database, sealed.delivery, scratch, self.clock)
        return frozen_data(settings, database, sealed.project, sealed.delivery, scratch)

    def _other_kernel(self) -> KernelRecord | None:
        """Return the kernel that was asked for instead of the recorded one.

        Each kernel that it is run in is checked to be as it was released.
        """
        sealed, other = self.sealed, None
        recorded = [*sealed.more_kernels]
        if self.request.kernel is None:
            recorded.append(sealed.kernel)
        else:
            release = released_kernels.installed(self.settings, self.request.kernel)
            other = KernelRecord(
                name=release.name, lock_sha256=file_digest(release.lock)
            )
            released_kernels.verify(self.settings, release.name)
        for kernel in recorded:
            self._check_recorded(kernel)
        return other

    def _check_recorded(self, kernel: KernelRecord) -> None:
        release = released_kernels.installed(self.settings, kernel.name)
        if file_digest(release.lock) != kernel.lock_sha256:
            raise IntegrityError(
                f"The kernel {kernel.name} here is not the one the analysis was run"
                " in: its lock has another hash. A released kernel never changes:"
                " restore its release."
            )
        released_kernels.verify(self.settings, kernel.name)

    def share(self, folder: Path) -> None:
        """Put what came of it where workspaces of the project see it."""
        if not (folder / SEEN).exists():
            return  # of before this was kept: it was put there then
        sealed = self.sealed
        kept = SideBySide.model_validate_json((folder / SEEN).read_bytes())
        seen = for_members(kept)
        share(self.settings, self.database, sealed.project, sealed.delivery.grant, seen)

    def _judge(self, folder: Path, stop: Stop) -> Judgement:
        number = self.request.number
        return judge(
            self.archived, folder, sealed=self.sealed, number=number, stop=stop
        )

    def _certificate(self, report: Report, report_sha256: str) -> Certificate:
        sealed = self.sealed
        return Certificate(
            analysis=sealed.id,
            rerun=report.rerun,
            manifest_sha256=digest(sealed.model_dump(mode="json")),
            source_digest=sealed.source_digest,
            kernel=sealed.kernel,
            more_kernels=sealed.more_kernels,
            delivery=sealed.delivery,
            data=report.data,
            other_kernel=report.other_kernel,
            other_delivery=report.other_delivery,
            archived=sealed.archived,
            requested=self.request.requested,
            completed=self.clock(),
            start=report.start,
            unconfirmed_forks=report.unconfirmed_forks,
            verdict=report.verdict,
            cause=report.cause,
            outputs=report.counts,
            report_sha256=report_sha256,
            policy_sha256=report.policy.digest,
        )


def is_worth_forking(archived: RunTimes) -> bool:
    """Tell whether a fork saves more than it would cost in vain."""
    return archived.seconds <= _WORTH_TRYING


def _check_machine(times: RunTimes) -> None:
    """Refuse to take a fault of this machine for an answer about the analysis."""
    failure = times.record.failure
    if failure and failure.cause is Cause.DEAD_KERNEL and failure.cell is None:
        raise HostError(
            "The kernel did not start, so nothing was shown about the analysis. Look"
            " whether the machine has memory and disk left, then go on with the"
            " request."
        )
