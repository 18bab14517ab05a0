"""``enclave application``: apply, decide, and see where things stand."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.form_file import read_json
from enclave.cli.installation import open_database
from enclave.feasibility import request_answer
from enclave.feasibility.outcome import Remarks
from enclave.portal.desk import Wish, carry_out
from enclave.projects import applications, listings, overview, people
from enclave.projects.forms.reading import schema
from enclave.projects.machine import Kind, spoken
from enclave.settings import Settings


_KIND = click.Choice([kind.value for kind in Kind])
_AS = click.option("--as", "actor", required=True, help="Account of who does this.")


@click.group()
def application() -> None:
    """Make applications, decide on them, and see where they stand."""


@application.command()
@click.argument("kind", type=_KIND)
@click.option(
    "--form",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The form as a JSON file; `enclave application form KIND` tells its fields.",
)
@_AS
@click.pass_obj
def new(settings: Settings, kind: str, file: Path, actor: str) -> None:
    """Open a draft of KIND, and say what it still lacks."""
    form = read_json(file)
    with open_database(settings) as database, database.begin() as session:
        made = applications.create(session, kind, form, actor)
        document = overview.document(session, made, people.get(session, actor))
    click.echo(f"{spoken(kind).capitalize()} {made.id} is a draft: {made.title}")
    _say_remarks(document)
    click.echo(f"Hand it in: enclave application act {made.id} submit --as {actor}")


@application.command()
@click.argument("application_id", metavar="ID", type=int)
@click.option(
    "--form",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The form's fields as a JSON file, all of them.",
)
@_AS
@click.pass_obj
def edit(settings: Settings, application_id: int, file: Path, actor: str) -> None:
    """Replace the form of the draft or returned application ID."""
    form = read_json(file)
    with open_database(settings) as database, database.begin() as session:
        changed = applications.edit(session, application_id, form, actor)
        document = overview.document(session, changed, people.get(session, actor))
    click.echo(f"Application {changed.id} is changed (version {changed.version}).")
    _say_remarks(document)


@application.command()
@click.argument("application_id", metavar="ID", type=int)
@click.argument("action")
@click.option("--reason", help="Why; needed to return, reject or revoke.")
@click.option("--figure", type=int, help="The number that some actions ask for.")
@_AS
@click.pass_obj
def act(
    settings: Settings,
    application_id: int,
    action: str,
    reason: str | None,
    figure: int | None,
    actor: str,
) -> None:
    """Do ACTION to application ID, such as submit, approve or return."""
    wish = Wish(application_id, action, actor, reason or "", figure=figure)
    with open_database(settings) as database:
        done = carry_out(settings, database, wish)
    click.echo(f"{spoken(done.kind).capitalize()} {done.id} is {spoken(done.state)}.")


@application.command()
@click.argument("application_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why an exact count; for the audit log.")
@click.option("--quality", default="", help="What to know about the data.")
@click.option("--missing", default="", help="Variables and sources that are missing.")
@click.option("--suggestions", default="", help="How to ask better.")
@_AS
@click.pass_obj
def answer(
    settings: Settings, /, application_id: int, reason: str, actor: str, **remarks: str
) -> None:
    """Answer feasibility request ID, as a data manager.

    The question is counted exactly, for you alone; what is released to the applicant
    passed the count gate, in the applicant's name and at the applicant's price.
    """
    wish = request_answer.Wish(application_id, actor, reason, Remarks(**remarks))
    with open_database(settings) as database:
        done = request_answer.answer(settings, database, wish)
    for step in done.outcome.steps:
        click.echo(f"{step.label_en}: {step.shown}")
    click.echo(f"Released to the applicant, valid until {done.outcome.valid_until}.")
    click.echo(f"Exactly, and for you alone: {done.exact.exact_persons} persons.")


@application.command("list")
@click.option("--kind", type=_KIND, help="Only applications of this kind.")
@click.option("--waiting", is_flag=True, help="Only those that wait for you.")
@click.option("--page", default=1, show_default=True, help="Which page of the list.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@_AS
@click.pass_obj
def list_applications(
    settings: Settings,
    kind: str | None,
    page: int,
    actor: str,
    *,
    waiting: bool,
    as_json: bool,
) -> None:
    """List the applications that an account may see."""
    with open_database(settings) as database, database.begin() as session:
        account = people.get(session, actor)
        found = (
            listings.waiting_for(session, account, page=page)
            if waiting
            else listings.listing(session, account, kind=kind, page=page)
        )
    rows = [overview.summary(one) for one in found.applications]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("No.", "Kind", "State", "Title", "By", "Changed")
    for row in rows:
        table.add_row(
            str(row["id"]),
            spoken(row["kind"]),
            spoken(row["state"]),
            row["title"],
            row["created_by"],
            row["changed"][:10],
        )
    Console(markup=False).print(table)
    if found.of > 1:
        click.echo(f"Page {found.number} of {found.of}, {found.total} in all.")


@application.command()
@click.argument("application_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="With the whole form, as JSON.")
@_AS
@click.pass_obj
def show(settings: Settings, application_id: int, actor: str, *, as_json: bool) -> None:
    """Show application ID: its history, and what you may do."""
    with open_database(settings) as database, database.begin() as session:
        found = applications.get(session, application_id, actor)
        document = overview.document(session, found, people.get(session, actor))
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        _print(document)


@application.command()
@click.argument("kind", type=_KIND)
def form(kind: str) -> None:
    """Print the fields of a form of KIND as a JSON schema."""
    click.echo(json.dumps(schema(kind), ensure_ascii=False, indent=2))


def _say_remarks(document: dict[str, Any]) -> None:
    for one in document["problems"]:
        click.echo(f"Still to do: {one['field']}: {one['message']}.")
    for one in document["warnings"]:
        click.echo(f"Look again at {one['field']}: {one['message']}.")


def _print(document: dict[str, Any]) -> None:
    kind = spoken(document["kind"]).capitalize()
    click.echo(f"{kind} {document['id']}: {document['title']}")
    click.echo(f"State: {spoken(document['state'])} (version {document['version']})")
    _say_remarks(document)
    if document["question"]:
        click.echo(f"Population: {document['question']['en']}")
    for step in document["outcome"]["steps"] if document["outcome"] else ():
        click.echo(f"Outcome: {step['label_en']}: {step['shown']}")
    for step in document["history"]:
        reason = f": {step['reason']}" if step["reason"] else ""
        click.echo(
            f"{step['at'][:16].replace('T', ' ')}  {step['actor']}  {step['action']}"
            f"{reason}"
        )
    actions = ", ".join(document["actions"]) or "nothing"
    click.echo(f"You may: {actions}")
