"""From a grant to a signed verdict."""

from pathlib import Path
from typing import Any

from enclave.archive import bundle, certificate, rerun
from enclave.archive.shelf import Shelf as ArchiveShelf
from enclave.archive.submission import Submission
from enclave.audit import log
from enclave.delivery.deliver import deliver
from enclave.errors import IntegrityError
from enclave.projects.machine import State
from enclave.sandbox import kernel_installation, released_kernels
from enclave.signature import Signer
from enclave.tour.data_steps import RESEARCHER
from enclave.tour.decision_steps import CORE, DATA_MANAGER, go
from enclave.tour.journey import Tour


LOOKED_AT = {State.QA: ("activate", DATA_MANAGER)}
NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "templates"


def deliver_data(tour: Tour) -> dict[str, Any]:
    """Minimise, pseudonymise and write what was granted; look at it, and open it."""
    delivery = deliver(
        tour.settings, tour.database, tour["issue_grant"]["grant"], actor=DATA_MANAGER
    )
    receipt = (delivery.folder / "receipt.md").read_text()
    go(tour, tour["request"]["application"], LOOKED_AT)
    return {
        "folder": str(delivery.folder),
        "version": delivery.version,
        "persons": delivery.manifest.persons,
        "tables": [
            [table.name, table.rows, table.persons, len(table.columns)]
            for table in delivery.manifest.tables
        ],
        "manifest": delivery.manifest.digest,
        "receipt": receipt,
    }


def install_kernel(tour: Tour) -> dict[str, Any]:
    """Install the kernel of the analysis, apart from everything else."""
    release = released_kernels.release(released_kernels.DEFAULT)
    kernel_installation.install(tour.settings, release)
    return {"kernels": [[release.name, len(release.packages())]]}


def archive(tour: Tour) -> dict[str, Any]:
    """Run the analysis once cleanly in the sandbox, and archive it."""
    submission = Submission.read(
        NOTEBOOKS / tour.plan.notebook,
        project=tour["approve"]["project"],
        account=RESEARCHER,
        title=tour.plan.title,
        parameters={},
    )
    analysis = bundle.submit(tour.settings, tour.database, submission)
    shelf = ArchiveShelf(tour.settings, tour.database)
    return {"analysis": analysis.id, "folder": str(shelf.folder(analysis.id))}


def rerun_analysis(tour: Tour) -> dict[str, Any]:
    """Execute it again, on request of CORE, and compare."""
    analysis = tour["archive"]["analysis"]
    issued = rerun.rerun(
        tour.settings, tour.database, analysis, actor=CORE, key=f"tour:{analysis}"
    )
    folder = rerun.folder_of(tour.settings, analysis, issued.rerun)
    return {
        "verdict": issued.verdict.value,
        "cause": issued.cause,
        "outputs": issued.outputs,
        "kernel": issued.kernel.name,
        "data": issued.data,
        "certificate": str(folder / rerun.CERTIFICATE),
        "report": str(folder / rerun.PAGE),
    }


def verify(tour: Tour) -> dict[str, Any]:
    """Check the certificate as a journal would, and the whole audit log.

    Raises
    ------
    IntegrityError
        If either does not hold.
    """
    trusted = Signer.load(tour.settings).public_key
    path = Path(tour["rerun_analysis"]["certificate"])
    checked = certificate.verify_file(path, trusted_key=trusted)
    if checked.verdict.value != tour["rerun_analysis"]["verdict"]:
        raise IntegrityError(f"{path} gives another verdict than the re-run did.")
    with tour.database.begin() as session:
        chain = log.verify(session)
    return {"entries": chain.entries, "head": chain.head, "public_key": trusted}
