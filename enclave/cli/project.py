"""``enclave project``: the projects, their members and how long they may work."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.form_file import read_json
from enclave.cli.installation import open_database
from enclave.clock import now, today
from enclave.projects import lifecycle, memberships, project_overview, renewal, stops
from enclave.settings import Settings


@click.group()
def project() -> None:
    """List and show the projects."""


@project.command("list")
@click.option("--member", help="Only the projects of this account.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_projects(settings: Settings, member: str | None, *, as_json: bool) -> None:
    """List all projects, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        found = (
            memberships.projects_of(session, member)
            if member
            else lifecycle.everything(session)
        )
        projects = [project_overview.summary(session, one, today()) for one in found]
    if as_json:
        click.echo(json.dumps(projects, ensure_ascii=False))
        return
    table = Table("Project", "Title", "Leader", "State", "Last day")
    for one in projects:
        table.add_row(
            *(one[key] for key in ("slug", "title", "leader", "state", "end_date"))
        )
    Console(markup=False).print(table)


@project.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_obj
def show(settings: Settings, slug: str, *, as_json: bool) -> None:
    """Show one project with its members and approvals."""
    with open_database(settings) as database, database.begin() as session:
        found = lifecycle.get(session, slug)
        document = project_overview.document(session, found, today())
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    _print(document)


@project.command()
@click.argument("slug")
@click.option(
    "--form",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The approval as a JSON file: authority, journal_number, decision_date, ...",
)
@click.option("--as", "actor", required=True, help="Account of the CORE group.")
@click.pass_obj
def register_approval(settings: Settings, slug: str, file: Path, actor: str) -> None:
    """Register an approval that project SLUG obtained, such as a renewal."""
    approval = read_json(file)
    with open_database(settings) as database, database.begin() as session:
        found = renewal.register_approval(session, slug, approval, actor)
        state = lifecycle.standing(session, found, today()).state
    click.echo(f"Registered. Project {slug} is {state}.")


@project.command()
@click.pass_obj
def suspend_expired(settings: Settings) -> None:
    """Suspend the projects whose approvals expired, and end those that are over.

    Workspaces and deliveries check this themselves; this writes it down.
    """
    with open_database(settings) as database, database.begin() as session:
        changed = lifecycle.suspend_expired(session, now)
        lines = [f"{one.slug} is {one.state}: {one.state_reason}" for one in changed]
    for line in lines or ["No project has changed its state."]:
        click.echo(line)


_actor = click.option(
    "--as", "actor", required=True, help="Account of the CORE group or a data manager."
)
_all = click.option("--all", "everything", is_flag=True, help="All projects at once.")


@project.command()
@click.argument("slug", required=False)
@_all
@click.option("--reason", required=True, help="Why: the members are shown it.")
@_actor
@click.pass_obj
def stop(
    settings: Settings, slug: str | None, reason: str, actor: str, *, everything: bool
) -> None:
    """Stop project SLUG: its workspaces close within a minute, and none opens.

    Nothing is delivered or run for it either, until the stop is lifted.
    """
    _require_one(slug, everything=everything)
    with open_database(settings) as database, database.begin() as session:
        found = lifecycle.get(session, slug) if slug else None
        held = stops.spoken(stops.stop(session, found, reason, actor))
    click.echo(f"Stopped: {held}")


@project.command()
@click.argument("slug", required=False)
@_all
@_actor
@click.pass_obj
def resume(
    settings: Settings, slug: str | None, actor: str, *, everything: bool
) -> None:
    """Lift the stop of project SLUG, or the stop of all projects."""
    _require_one(slug, everything=everything)
    with open_database(settings) as database, database.begin() as session:
        stops.lift(session, lifecycle.get(session, slug) if slug else None, actor)
        left = [stops.spoken(held) for held, _ in stops.in_force(session)]
    click.echo("Lifted.")
    for line in left:
        click.echo(f"Still in force: {line}")


def _require_one(slug: str | None, *, everything: bool) -> None:
    if bool(slug) == everything:
        raise click.UsageError("Name one project, or say --all.")


def _print(document: dict[str, Any]) -> None:
    click.echo(f"{document['slug']}: {document['title']}")
    click.echo(f"State: {document['state']}. {document['reason']}".rstrip())
    click.echo(f"Last day: {document['end_date']}")
    for one in document["members"]:
        click.echo(
            f"{one['role'].capitalize()}: {one['account']}, since {one['since']}"
        )
    for one in document["approvals"]:
        ends = f", until {one['expires']}" if one["expires"] else ""
        click.echo(
            f"Approval: {one['authority']} {one['journal_number']} of"
            f" {one['decision_date']}{ends}"
        )
