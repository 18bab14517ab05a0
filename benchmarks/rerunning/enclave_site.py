"""A small installation with the notebook in its archive, and what is done there."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import update

from enclave.archive.bundle import submit
from enclave.archive.execution import execute
from enclave.archive.judgement import read_evidence
from enclave.archive.rerun import RUN, folder_of, rerun
from enclave.archive.submission import Submission
from enclave.archive.warm_start import WarmStarts
from enclave.delivery.deliver import deliver
from enclave.delivery.manifest import MANIFEST
from enclave.sandbox.accounts import for_project
from enclave.sandbox.description import Limits
from enclave.sandbox.released_kernels import DEFAULT, release
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Account, Project
from enclave.store.schema import upgrade
from tests.builders import installation
from tests.builders.projects import at


# Of the project that is in the archive, so that run and re-run have the same parents.
ACCOUNT = for_project(1)


class Parts(NamedTuple):
    """Where the seconds of one run went."""

    cells: float
    kernel: float
    around: float


@dataclass
class Site:
    """The installation; ``analysis`` is the id of what lies in its archive."""

    settings: Settings
    database: Database
    notebook: Path
    analysis: str = ""

    def submit(self, title: str) -> str:
        """Run the notebook once and archive it; return its id."""
        submission = Submission.read(
            self.notebook,
            project="demo",
            account="rikke",
            title=title,
            parameters={},
        )
        return submit(self.settings, self.database, submission).id

    @property
    def data(self) -> Path:
        """Where the one delivery lies."""
        (manifest,) = self.settings.deliveries.rglob(MANIFEST)
        return manifest.parent

    def submit_anew(self, number: int) -> None:
        """Archive the notebook as if it were another one: what is known is not run."""
        known = self.notebook
        other = known.with_name(f"other-{number}.ipynb")
        other.write_text(known.read_text().replace("rng(1)", f"rng({number + 2})"))
        self.notebook = other
        try:
            self.submit(f"Twenty cells {number}")
        finally:
            self.notebook = known

    def execute(self, warm: WarmStarts | None) -> Parts:
        """Run the notebook in its sandboxes, and check how that was."""
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=self.settings.home) as out:
            record = execute(
                self.settings,
                notebook=self.notebook,
                kernel=DEFAULT,
                data=self.data,
                out=Path(out),
                parameters={},
                limits=Limits(wall_seconds=300),
                account=ACCOUNT,
                warm=warm,
            )
        _check(record.completed and record.start == _wanted(warm))
        cells = sum(cell.seconds or 0 for cell in record.cells)
        whole = time.perf_counter() - began
        return Parts(cells, record.seconds - cells, whole - record.seconds)

    def rerun(self, key: str, warm: WarmStarts | None) -> None:
        """Execute the archived one again, to the certificate, and check that."""
        certificate = rerun(
            self.settings,
            self.database,
            self.analysis,
            actor="rikke",
            key=key,
            warm=warm,
        )
        folder = folder_of(self.settings, self.analysis, certificate.rerun) / RUN
        times = read_evidence(folder).times
        _check(certificate.verdict == "identical")
        _check(times is not None and times.record.start == _wanted(warm))


def wait_until_warm(warm: WarmStarts, site: Site) -> None:
    """Return when runs can be forked here."""
    if warm.of(release(DEFAULT), ACCOUNT, site.data, seconds=120) is None:
        raise SystemExit("Nothing can be forked here: is this root?")


@contextmanager
def made(folder: Path, kernels: Path, notebook: Path) -> Iterator[Site]:
    """Make an installation with delivered data and the notebook in its archive."""
    settings = Settings.at(folder / "home", kernels=str(kernels))
    database = Database(settings.database_url)
    upgrade(database)
    installation.set_up(settings, database)
    deliver(settings, database, installation.issued(settings, database).id, clock=at())
    far = date(2999, 12, 31)
    with database.begin() as session:
        session.execute(update(Account).values(agreement_until=far, training_until=far))
        session.execute(update(Project).values(end_date=far))
    site = Site(settings, database, notebook)
    site.analysis = site.submit("Twenty cells")
    yield site
    database.dispose()


def _wanted(warm: WarmStarts | None) -> str:
    return "cold" if warm is None else "forked"


def _check(good: bool) -> None:  # noqa: FBT001 - read it as an assertion
    if not good:
        raise SystemExit("A run did not go as it had to, so its time says nothing.")
