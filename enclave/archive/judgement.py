"""What a re-run shows: compared with the archived run, or why there is nothing to."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from enclave.archive import layout
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.plan import Plan
from enclave.archive.comparison.compare import DEFAULT_POLICY, Comparison
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.examination.answers import Answer, Question
from enclave.archive.examination.belief import UnreadableError
from enclave.archive.examination.room import examiner
from enclave.archive.manifest import DeliveryRecord, KernelRecord, Manifest
from enclave.archive.report_sides import View
from enclave.archive.run_comparison import policy_of
from enclave.archive.run_record import Start, Unconfirmed
from enclave.archive.run_times import RunTimes
from enclave.archive.sandbox_run import Stop
from enclave.sandbox.released_kernels import Release, release
from enclave.sandbox.running import never


EVIDENCE = "evidence.json"
DATA_UNAVAILABLE = "data_unavailable"
NOT_COMPARED = "not_compared"
_NOT_COMPLETED = "error"

Origin = Literal["frozen", "re-created", "today", "unavailable"]


class Evidence(BaseModel):
    """What is known of a re-run's execution: on which data, and how it went.

    ``other_kernel`` and ``other_delivery`` are null where it was executed in and on
    what was recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Origin
    other_kernel: KernelRecord | None = None
    other_delivery: DeliveryRecord | None = None
    times: RunTimes | None = None
    unconfirmed_forks: Unconfirmed | None = None

    @property
    def cause(self) -> str | None:
        """The class of cause for which it did not run to its end; None if it did."""
        if self.times is None:
            return DATA_UNAVAILABLE
        if self.times.record.completed:
            return None
        failure = self.times.record.failure
        return failure.cause.value if failure else _NOT_COMPLETED


class Report(BaseModel):
    """The verdict on a re-run, and everything it rests on. It stays in the enclave.

    ``failed_cell`` counts from 1 as in the source, in ``failed_step`` of an analysis
    that has several; ``start`` is how its kernels were started, and
    ``unconfirmed_forks`` how forks had ended before that counted for nothing;
    ``comparison`` is null where the analysis could not run, or what came out could not
    be read.
    """

    model_config = ConfigDict(frozen=True)

    analysis: str
    rerun: int
    verdict: Verdict
    data: Origin
    other_kernel: KernelRecord | None = None
    other_delivery: DeliveryRecord | None = None
    cause: str | None
    failed_cell: int | None
    failed_step: str = ""
    start: Start | None = None
    unconfirmed_forks: Unconfirmed | None = None
    policy: Policy
    comparison: Comparison | None

    @property
    def counts(self) -> dict[str, int]:
        """Number of outputs by verdict; empty if there were none to compare."""
        return self.comparison.counts if self.comparison else {}


class Judgement(NamedTuple):
    """A report, and what is shown of its outputs, by their place."""

    report: Report
    views: dict[int, View]


def judge(
    archived: Path,
    rerun: Path,
    *,
    sealed: Manifest,
    number: int,
    policy: Policy = DEFAULT_POLICY,
    stop: Stop = never,
) -> Judgement:
    """Judge a re-run that ended.

    What the runs left is read in a sandbox; what was found there is judged here.

    Parameters
    ----------
    archived
        Folder of the archived analysis, already verified.
    rerun
        Folder of the re-run's execution.
    sealed, number
        The archived analysis's manifest; and of the re-run.
    policy, stop
        Tolerances and noise rules; and asked again and again whether to end it.

    Raises
    ------
    HostError, StoppedError
        If this machine cannot run sandboxes, or ``stop`` said so.
    """
    evidence = read_evidence(rerun)
    times, cause, found = evidence.times, evidence.cause, None
    comparer = TextComparer(policy)
    if cause is None and times is not None:
        plan = Analysis.archived(archived).plan
        known = _circumstances(archived, sealed, evidence, times)
        comparer = TextComparer(policy_of(plan, policy), known)
        found = _examined(plan, comparer, (archived, rerun), stop)
        cause = None if found else NOT_COMPARED
    comparison = Comparison.of(found.outputs, comparer) if found else None
    report = Report(
        analysis=sealed.id,
        rerun=number,
        verdict=comparison.verdict if comparison else Verdict.COULD_NOT_RUN,
        cause=cause,
        policy=comparer.policy,
        comparison=comparison,
        **_told(evidence),
    )
    return Judgement(report, found.views if found else {})


def _examined(
    plan: Plan, comparer: TextComparer, runs: tuple[Path, Path], stop: Stop
) -> Answer | None:
    """Have two runs compared; None if that cannot be done with what they left."""
    archived, rerun = runs
    question = Question(
        plan=plan, policy=comparer.policy, circumstances=comparer.circumstances
    )
    with suppress(UnreadableError):
        return examiner().ask(
            question, rerun, rerun.parent, archived=archived, stop=stop
        )
    return None


def _told(evidence: Evidence) -> dict[str, Any]:
    """Return what a report repeats of how the run went."""
    times = evidence.times
    return {
        "data": evidence.data,
        "other_kernel": evidence.other_kernel,
        "other_delivery": evidence.other_delivery,
        "failed_cell": times.record.failed_cell if times else None,
        "failed_step": times.failed_step if times else "",
        "start": times.start if times else None,
        "unconfirmed_forks": evidence.unconfirmed_forks,
    }


def read_evidence(folder: Path) -> Evidence:
    """Read what was written down of an execution."""
    return Evidence.model_validate_json((folder / EVIDENCE).read_bytes())


def _circumstances(
    archived: Path, sealed: Manifest, evidence: Evidence, times: RunTimes
) -> Circumstances:
    before = RunTimes.model_validate_json((archived / layout.RUN_LOG).read_bytes())
    # The archived lock; the kernel of the re-run was checked to have the same.
    packages = Release("archived", (archived / layout.LOCK).parent).packages()
    other = evidence.other_kernel
    packages_now = release(other.name).packages() if other else packages
    kernel, delivery = sealed.kernel, sealed.delivery
    return Circumstances(
        archived=before.facts(packages, kernel=kernel.name, data=_data_of(delivery)),
        rerun=times.facts(
            packages_now,
            kernel=(other or kernel).name,
            data=_data_of(evidence.other_delivery or delivery),
        ),
    )


def _data_of(delivery: DeliveryRecord) -> str:
    """Name the data of a run for a person, and by their hash."""
    number = delivery.snapshot.number
    return f"snapshot {number}, manifest {delivery.manifest_sha256[:12]}"
