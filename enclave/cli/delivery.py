"""``enclave deliver`` and ``enclave delivery``: make, list and check deliveries."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.archive.column_use import DeliveryUse, column_use, use_everywhere
from enclave.cli.installation import open_database
from enclave.clock import now
from enclave.cohort.wording import Language
from enclave.delivery import folders, records
from enclave.delivery import manifest as manifests
from enclave.delivery.deliver import deliver as deliver_grant
from enclave.delivery.deliver import enqueue
from enclave.delivery.difference import difference
from enclave.delivery.engine import on_this_machine
from enclave.delivery.following import enqueue_daily
from enclave.delivery.packing import pack
from enclave.delivery.receipt_page import RULE
from enclave.delivery.spark import cluster
from enclave.projects import lifecycle
from enclave.settings import Settings
from enclave.signature import Signer, key_id


@click.command()
@click.argument("grant_id", metavar="GRANT")
@click.option("--snapshot", type=int, help="Its number; by default the latest.")
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.option("--queue", is_flag=True, help="Leave it to a worker and return at once.")
@click.option(
    "--spark",
    metavar="MASTER",
    help="Extract on a Spark cluster, such as spark://host:7077: the same bytes.",
)
@click.pass_obj
def deliver(
    settings: Settings,
    grant_id: str,
    snapshot: int | None,
    actor: str,
    spark: str | None,
    *,
    queue: bool,
) -> None:
    """Deliver GRANT: its persons, variables and days, pseudonymised."""
    if queue and spark:
        raise click.UsageError("A worker delivers on its own machine: leave one out.")
    with ExitStack() as open_:
        engine = open_.enter_context(cluster(spark)) if spark else on_this_machine
        database = open_.enter_context(open_database(settings))
        if queue:
            with database.begin() as session:
                job = enqueue(
                    session, settings, grant_id, snapshot=snapshot, actor=actor
                )
            click.echo(f"Job {job} is waiting for a worker: enclave worker")
            return
        made = deliver_grant(
            settings, database, grant_id, snapshot=snapshot, actor=actor, engine=engine
        )
    receipt = (made.folder / "receipt.md").read_text("utf-8")
    click.echo(receipt.partition(f"\n{RULE}\n")[0])
    click.echo(f"Version {made.version} is in {made.folder}")


@click.group()
def delivery() -> None:
    """List, show and check what was delivered."""


@delivery.command("list")
@click.argument("project")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_deliveries(settings: Settings, project: str, *, as_json: bool) -> None:
    """List the versions that PROJECT has been given, the newest first."""
    found = _versions(settings, project)
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("Version", "Grant", "Snapshot", "Persons", "Rows", "Delivered", "By")
    for one in found:
        table.add_row(
            f"{one['version']:04d}",
            one["grant"],
            str(one["snapshot"]),
            f"{one['persons']:,}",
            f"{one['rows']:,}",
            one["delivered"][:16].replace("T", " "),
            one["delivered_by"],
        )
    Console(markup=False).print(table)


@delivery.command()
@click.argument("project")
@click.option("--version", type=int, help="Its number; by default the newest.")
@click.option("--json", "as_json", is_flag=True, help="The receipt as JSON.")
@click.pass_obj
def show(
    settings: Settings, project: str, version: int | None, *, as_json: bool
) -> None:
    """Show the receipt of a version that PROJECT has been given."""
    with open_database(settings) as database, database.begin() as session:
        row = records.version_of(session, project, version)
    folder = folders.version_folder(settings, project, row.grant_id, row.version)
    manifests.verify_folder(folder, trusted_key=Signer.load(settings).public_key)
    name = "receipt.json" if as_json else "receipt.md"
    click.echo((folder / name).read_text("utf-8"))


@delivery.command()
@click.argument("project")
@click.argument("old", type=int)
@click.argument("new", type=int)
@click.option("--language", type=click.Choice(["en", "da"]), default="en")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def diff(
    settings: Settings,
    project: str,
    old: int,
    new: int,
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Say what changed from version OLD to version NEW of PROJECT's data, and why."""
    with open_database(settings) as database, database.begin() as session:
        number = lifecycle.get(session, project).number
    found = difference(settings, project, number, old, new)
    if as_json:
        click.echo(found.model_dump_json())
        return
    for said in found.statements:
        click.echo(said.da if language == "da" else said.en)


@delivery.command("unread")
@click.argument("project", required=False)
@click.pass_obj
def list_unread(settings: Settings, project: str | None) -> None:
    """List the columns of PROJECT's data that nobody has read.

    What was asked for and is used nowhere need not be asked for again. Without PROJECT:
    how many there are in each project that may work.
    """
    with open_database(settings) as database, database.begin() as session:
        if project is None:
            for slug, each in use_everywhere(session, settings, now().date()).items():
                click.echo(f"{slug}: {_said(each)}")
            return
        found = column_use(session, settings, project)
    for name in found.unread:
        click.echo(name)
    click.echo(_said(found), err=True)


def _said(found: DeliveryUse) -> str:
    said = (
        f"{len(found.unread)} of {len(found.columns)} columns of version"
        f" {found.version} were read in no workspace and by none of"
        f" {found.analyses} archived analyses."
    )
    if found.untraced:
        said += (
            f" {found.untraced} of these open files by themselves, or ran in a kernel"
            " that does not say what it reads: what their code names counts as read."
        )
    if found.file_only:
        said += (
            f" Came without Parquet, so that nobody can tell what is read of them:"
            f" {', '.join(found.file_only)}."
        )
    return said


@delivery.command()
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_obj
def refresh(settings: Settings, actor: str) -> None:
    """Leave every daily delivery of the latest snapshot to a worker.

    A running worker does so by itself after each load, for grants of which something
    was delivered before. An open workspace has a new version below /project/versions
    at once, and as /project/data when it is opened again.
    """
    with open_database(settings) as database:
        for grant, job in enqueue_daily(settings, database, actor=actor):
            click.echo(f"{grant}: {job}")


@delivery.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--trusted-key", help="Public key it must be signed with, as base64.")
def verify(folder: Path, trusted_key: str | None) -> None:
    """Check the delivery in FOLDER: signature and hashes. Needs nothing else."""
    manifest = manifests.verify_folder(folder, trusted_key=trusted_key)
    click.echo(
        f"Delivery {manifest.version} to {manifest.project} is as it was made:"
        f" {len(manifest.tables)} tables, {manifest.rows:,} rows,"
        f" {manifest.persons:,} persons."
    )
    signed_by = manifests.signed_by(folder)
    click.echo(f"Signed by key {key_id(signed_by)}.")


@delivery.command("pack")
@click.argument("project")
@click.option("--version", type=int, help="Its number; by default the newest.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The new file.",
)
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_obj
def pack_version(
    settings: Settings, project: str, version: int | None, out: Path, actor: str
) -> None:
    """Pack a version of PROJECT's data to be taken away, encrypted with AES-256.

    Only where the grant names a place outside the enclave. The pass phrase is shown
    once; give it another way than the file.
    """
    with open_database(settings) as database:
        made = pack(settings, database, project, out, actor=actor, version=version)
    click.echo(f"Version {made.version} is in {made.path}")
    click.echo(f"Pass phrase: {made.pass_phrase}")


def _versions(settings: Settings, project: str) -> list[dict[str, Any]]:
    with open_database(settings) as database, database.begin() as session:
        lifecycle.get(session, project)
        return [
            {
                "version": row.version,
                "grant": row.grant_id,
                "snapshot": row.snapshot,
                "persons": row.persons,
                "rows": row.rows,
                "manifest": row.manifest_digest,
                "delivered": row.delivered.isoformat(),
                "delivered_by": row.delivered_by,
            }
            for row in records.of_project(session, project)
        ]
