"""``enclave tour``: the whole journey, without a browser."""

from pathlib import Path

import click
from rich.console import Console

from enclave.errors import EnclaveError
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.tour import report
from enclave.tour.journey import Tour, walk
from enclave.tour.plan import TourPlan
from enclave.tour.progress import Progress
from enclave.tour.steps import JOURNEY


@click.command()
@click.option(
    "--source",
    required=True,
    help="Folder of CSV or Parquet files, .duckdb file, or URL such as postgres://….",
)
@click.option("--mapping", required=True, help="A mapping that a tour is written for.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the tour; by default tour-MAPPING in this folder.",
)
@click.pass_obj
def tour(settings: Settings, source: str, mapping: str, out: Path | None) -> None:
    """Walk the whole journey, from a source of data to a signed re-run.

    The tour is an installation of its own, in one folder, with a report. Killed at any
    moment, it goes on where it was when it is started again.
    """
    plan = TourPlan.for_mapping(mapping)
    folder = (out or Path(f"tour-{mapping}")).resolve()
    progress = Progress.open(folder, source=_whole(source), mapping=mapping)
    home = Settings.at(folder / "home", kernels=str(settings.kernels))
    home.claim_home()
    database = Database(home.database_url)
    try:
        journey = Tour(plan, home, database, progress.source, folder, progress)
        _walk(journey)
        path = report.write(journey, JOURNEY)
    finally:
        database.dispose()
    verdict = journey["rerun_analysis"]["verdict"]
    click.echo(f"\nVerdict: {verdict}\nReport:  {path}")
    if verdict not in report.REPRODUCED:
        raise EnclaveError(
            f"The analysis did not come out again: {verdict}. See the comparison in"
            f" {journey['rerun_analysis']['report']}."
        )


def _walk(journey: Tour) -> None:
    console = Console()
    with console.status("") as status:
        for number, (step, done) in enumerate(walk(journey, JOURNEY)):
            place = f"{number // 2 + 1:2d}/{len(JOURNEY)}"
            if done is None:
                status.update(f"{place} {step.title}")
            else:
                console.print(
                    f"{place} {step.title:<48} {done.seconds:7.2f} s"
                    f" {done.peak_mib:8,.0f} MiB",
                    highlight=False,
                )


def _whole(source: str) -> str:
    """Return a path in full, so that a tour goes on from any folder; a URL as it is."""
    return source if "://" in source else str(Path(source).resolve())
