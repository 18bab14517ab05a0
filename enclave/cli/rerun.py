"""``enclave rerun``: execute an archived analysis again and compare."""

import sys
from pathlib import Path

import click

from enclave.archive import rerun as reruns
from enclave.archive.certificate import Certificate
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import Wish
from enclave.archive.rerun_terms import DataOf, Terms
from enclave.cli.cell_progress import cell_progress
from enclave.cli.installation import open_database
from enclave.jobs.states import Priority
from enclave.settings import Settings


_NOT_CONFIRMED = frozenset({Verdict.DIFFERS, Verdict.COULD_NOT_RUN})


@click.command()
@click.argument("analysis")
@click.option("--as", "account", required=True, help="Who asks for it.")
@click.option("--key", help="Your name for this request: the same one asks once.")
@click.option(
    "--data",
    type=click.Choice(["frozen", "today"]),
    default="frozen",
    show_default=True,
    help="The data of then, or the same request on the latest snapshot.",
)
@click.option("--kernel", help="Another released kernel than the recorded one.")
@click.option("--queue", is_flag=True, help="Leave it to a worker and return at once.")
@click.option("--urgent", is_flag=True, help="With --queue: before what waits.")
@click.option("--json", "as_json", is_flag=True, help="The certificate, unsigned.")
@click.pass_obj
def rerun(  # noqa: PLR0913 - one for each option
    settings: Settings,
    analysis: str,
    account: str,
    key: str | None,
    data: DataOf,
    kernel: str | None,
    *,
    queue: bool,
    urgent: bool,
    as_json: bool,
) -> None:
    """Execute an archived ANALYSIS again, compare, and sign a certificate.

    Stopped at any moment, the same command goes on where it was. Exit code 1 says that
    the outputs differ or that it could not run.
    """
    terms = Terms(data, kernel)
    if queue:
        priority = Priority.URGENT if urgent else Priority.USUAL
        wish = Wish(account, key, terms)
        with open_database(settings) as database, database.begin() as session:
            asked = enqueue_rerun(session, settings, analysis, wish, priority=priority)
            number, job = asked.number, asked.job_id
        click.echo(f"Re-run {number} of {analysis} is left to a worker as job {job}.")
        click.echo(
            f"See how far it is: enclave reruns show {analysis} {number} --as {account}"
        )
        return
    with open_database(settings) as database, cell_progress() as watch:
        certificate = reruns.rerun(
            settings,
            database,
            analysis,
            actor=account,
            key=key,
            terms=terms,
            watch=watch,
        )
    if as_json:
        click.echo(certificate.model_dump_json())
    else:
        folder = reruns.folder_of(settings, analysis, certificate.rerun)
        _tell(certificate, folder)
    sys.exit(certificate.verdict in _NOT_CONFIRMED)


def _tell(certificate: Certificate, folder: Path) -> None:
    number, analysis = certificate.rerun, certificate.analysis
    click.echo(f"Re-run {number} of {analysis}: {certificate.verdict}")
    for verdict, outputs in certificate.outputs.items():
        if outputs:
            click.echo(f"  {outputs} {verdict}")
    if certificate.cause:
        click.echo(f"  cause: {certificate.cause.replace('_', ' ')}")
    click.echo(f"Report:      {folder / reruns.PAGE}")
    click.echo(f"Certificate: {folder / reruns.CERTIFICATE}")
