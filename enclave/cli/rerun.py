"""``enclave rerun``: execute an archived analysis again and compare."""

import sys

import click

from enclave.archive import rerun as reruns
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.jobs import enqueue_rerun
from enclave.cli.cell_progress import cell_progress
from enclave.cli.installation import open_database
from enclave.settings import Settings


_NOT_CONFIRMED = frozenset({Verdict.DIFFERS, Verdict.COULD_NOT_RUN})


@click.command()
@click.argument("analysis")
@click.option("--as", "account", required=True, help="Who asks for it.")
@click.option("--key", help="Your name for this request: the same one asks once.")
@click.option("--queue", is_flag=True, help="Leave it to a worker and return at once.")
@click.option("--json", "as_json", is_flag=True, help="The certificate, unsigned.")
@click.pass_obj
def rerun(
    settings: Settings,
    analysis: str,
    account: str,
    key: str | None,
    *,
    queue: bool,
    as_json: bool,
) -> None:
    """Execute an archived ANALYSIS again, compare, and sign a certificate.

    Stopped at any moment, the same command goes on where it was. Exit code 1 says that
    the outputs differ or that it could not run.
    """
    if queue:
        with open_database(settings) as database:
            job = enqueue_rerun(database, analysis, actor=account, key=key)
        click.echo(f"Job {job} is waiting for a worker: enclave worker")
        return
    with open_database(settings) as database, cell_progress() as watch:
        certificate = reruns.rerun(
            settings, database, analysis, actor=account, key=key, watch=watch
        )
    folder = reruns.folder_of(settings, analysis, certificate.rerun)
    if as_json:
        click.echo(certificate.model_dump_json())
    else:
        click.echo(f"Re-run {certificate.rerun} of {analysis}: {certificate.verdict}")
        for verdict, number in certificate.outputs.items():
            if number:
                click.echo(f"  {number} {verdict}")
        if certificate.cause:
            click.echo(f"  cause: {certificate.cause.replace('_', ' ')}")
        click.echo(f"Report:      {folder / reruns.PAGE}")
        click.echo(f"Certificate: {folder / reruns.CERTIFICATE}")
    sys.exit(certificate.verdict in _NOT_CONFIRMED)
