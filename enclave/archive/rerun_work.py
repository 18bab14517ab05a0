"""The two steps of a re-run that take time: executing, and certifying what came out."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from enclave import durable
from enclave.archive import shelf
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.certificate import Certificate, issue, stamp_of
from enclave.archive.certificate_page import render
from enclave.archive.frozen_delivery import DataUnavailableError, frozen_data
from enclave.archive.judgement import EVIDENCE, Evidence, Report, judge
from enclave.archive.manifest import Manifest
from enclave.archive.report_page import page
from enclave.archive.report_sides import Sides
from enclave.archive.sandbox_run import Task, Watch, run
from enclave.archive.shelf import Shelf
from enclave.archive.timestamp import Authority
from enclave.canonical import digest, file_digest
from enclave.clock import Clock
from enclave.errors import IntegrityError
from enclave.sandbox import released_kernels
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database


# The files of a re-run, and the folder of its execution.
RUN = "run"
REPORT = "report.json"
PAGE = "report.html"
CERTIFICATE = "certificate.json"
CERTIFICATE_PAGE = "certificate.pdf"


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

    @classmethod
    def on(
        cls, settings: Settings, database: Database, request: Rerun, clock: Clock
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
        )

    def execute(self, folder: Path, watch: Watch) -> None:
        """Run it once more, and write down how that went."""
        self._check_kernel()
        evidence = self._run(folder, watch)
        durable.write_file(folder / EVIDENCE, evidence.model_dump_json().encode())

    def certify(self, folder: Path) -> None:
        """Compare, report, and sign; the certificate comes last."""
        report = judge(
            self.archived, folder / RUN, sealed=self.sealed, number=self.request.number
        )
        content = report.model_dump_json(indent=1).encode()
        durable.write_file(folder / REPORT, content)
        durable.write_file(folder / PAGE, self._page(report, folder / RUN).encode())
        certificate = self._certificate(report, hashlib.sha256(content).hexdigest())
        signer = Signer.load(self.settings)
        signed = issue(certificate, signer, Authority(self.settings))
        stamped = stamp_of(json.loads(signed))
        durable.write_file(folder / CERTIFICATE_PAGE, render(signed, stamped, signer))
        durable.write_file(folder / CERTIFICATE, signed)

    def _run(self, folder: Path, watch: Watch) -> Evidence:
        sealed, scratch = self.sealed, folder.parent
        analysis = Analysis.archived(self.archived)
        try:
            with frozen_data(
                self.settings, self.database, sealed.project, sealed.delivery, scratch
            ) as data:
                task = Task(analysis, data.folder, self.project)
                times = run(
                    self.settings,
                    task,
                    scratch,
                    into=folder,
                    clock=self.clock,
                    watch=watch,
                )
        except DataUnavailableError:
            return Evidence(data="unavailable")
        return Evidence(data=data.origin, times=times)

    def _check_kernel(self) -> None:
        for kernel in (self.sealed.kernel, *self.sealed.more_kernels):
            release = released_kernels.installed(self.settings, kernel.name)
            if file_digest(release.lock) != kernel.lock_sha256:
                raise IntegrityError(
                    f"The kernel {kernel.name} here is not the one the analysis was run"
                    " in: its lock has another hash. A released kernel never changes:"
                    " restore its release."
                )
            released_kernels.verify(self.settings, kernel.name)

    def _page(self, report: Report, run_folder: Path) -> str:
        if report.comparison is None:
            return page(report, self.sealed)
        plan = Analysis.archived(self.archived).plan
        return page(report, self.sealed, Sides(plan, self.archived, run_folder))

    def _certificate(self, report: Report, report_sha256: str) -> Certificate:
        sealed = self.sealed
        return Certificate(
            analysis=sealed.id,
            rerun=report.rerun,
            manifest_sha256=digest(sealed.model_dump(mode="json")),
            source_digest=sealed.source_digest,
            kernel=sealed.kernel,
            delivery=sealed.delivery,
            data=report.data,
            archived=sealed.archived,
            requested=self.request.requested,
            completed=self.clock(),
            verdict=report.verdict,
            cause=report.cause,
            outputs=report.counts,
            report_sha256=report_sha256,
            policy_sha256=report.policy.digest,
        )
