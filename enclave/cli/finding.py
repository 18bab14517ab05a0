"""``enclave finding``: what projects found out about the data, and the rules of it."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.form_file import read_json
from enclave.cli.installation import open_database
from enclave.errors import InputError
from enclave.returns.findings import desk, effect, listing, rules
from enclave.returns.findings.form import FindingForm
from enclave.settings import Settings
from enclave.warehouse.harmonisation import RULE, Rule
from enclave.warehouse.warehouse import Warehouse


_FILE = click.Path(path_type=Path, dir_okay=False)
_as = click.option("--as", "actor", required=True, help="Account of who does it.")
_comment = click.option("--comment", required=True, help="For the finder.")
_number = click.argument("number", type=int)


@click.group()
def finding() -> None:
    """Report what is wrong in the data, and triage it into harmonisation rules."""


@finding.command()
@click.argument("file", type=_FILE)
@click.option("--project", help="In which it was found; data managers may leave it.")
@click.option(
    "--again", type=int, help="Number of a returned finding to hand in again."
)
@_as
@click.pass_obj
def submit(
    settings: Settings, file: Path, project: str | None, again: int | None, actor: str
) -> None:
    """Submit the finding in the JSON FILE: variable, pattern, evidence, rule."""
    document = read_json(file)
    catalogue = Warehouse(settings).snapshot().catalogue
    with open_database(settings) as database, database.begin() as session:
        if again is None:
            found = desk.submit(
                session, document, catalogue, actor=actor, project=project
            )
        else:
            found = desk.resubmit(session, again, document, catalogue, actor=actor)
        number = found.id
    click.echo(f"Finding {number} is with the data managers.")


@finding.command("list")
@click.option("--state", type=click.Choice([*desk.State]), help="Only those.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@_as
@click.pass_obj
def list_findings(
    settings: Settings, state: str | None, actor: str, *, as_json: bool
) -> None:
    """List the findings that an account may see, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        found = listing.visible(session, actor, state)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("No.", "Variable", "State", "By", "On")
    for one in found:
        table.add_row(
            str(one["number"]),
            one["variable"],
            one["state"].replace("_", " "),
            one["by"],
            one["created"][:10],
        )
    Console(markup=False).print(table)


@finding.command()
@_number
@_as
@click.pass_obj
def show(settings: Settings, number: int, actor: str) -> None:
    """Show one finding with what was said about it, as JSON."""
    with open_database(settings) as database, database.begin() as session:
        document = listing.one(session, number, actor)
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@finding.command("effect")
@_number
@click.option("--rule", "file", type=_FILE, help="Another rule, as a JSON file.")
@click.option("--own", is_flag=True, help="Of the project's newest delivery.")
@_as
@click.pass_obj
def show_effect(
    settings: Settings, number: int, file: Path | None, actor: str, *, own: bool
) -> None:
    """Say how much of the newest snapshot a finding's rule would change.

    That is for data managers; with --own the finder sees how much of the project's own
    newest delivery it would change.
    """
    with open_database(settings) as database:
        if own:
            mine = effect.in_delivery(settings, database, number, actor=actor)
            click.echo(
                f"{mine.rows:,} rows of {mine.persons:,} persons of version"
                f" {mine.version} of the project's data."
            )
            return
        found = effect.exact(settings, database, number, _rule(file), actor=actor)
    click.echo(
        f"{found.exact_rows:,} rows of {found.exact_persons:,} persons of snapshot"
        f" {found.on_snapshot}."
    )


@finding.command("take-up")
@_number
@_as
@click.pass_obj
def take_up(settings: Settings, number: int, actor: str) -> None:
    """Say that one is looking at a finding."""
    with open_database(settings) as database, database.begin() as session:
        desk.take_up(session, number, actor=actor)
    click.echo(f"Finding {number} is in work.")


@finding.command("return")
@_number
@_comment
@_as
@click.pass_obj
def send_back(settings: Settings, number: int, comment: str, actor: str) -> None:
    """Return a finding to whoever found it, with a comment."""
    with open_database(settings) as database, database.begin() as session:
        desk.send_back(session, number, comment, actor=actor)
    click.echo(f"Finding {number} is returned.")


@finding.command()
@_number
@_comment
@_as
@click.pass_obj
def decline(settings: Settings, number: int, comment: str, actor: str) -> None:
    """Decline a finding, with a comment."""
    with open_database(settings) as database, database.begin() as session:
        desk.decline(session, number, comment, actor=actor)
    click.echo(f"Finding {number} is declined.")


@finding.command()
@_number
@click.option("--summary", required=True, help="What everybody reads about it.")
@click.option("--rule", "file", type=_FILE, help="In place of the proposed rule.")
@_as
@click.pass_obj
def accept(
    settings: Settings, number: int, summary: str, file: Path | None, actor: str
) -> None:
    """Accept a finding: the next load obeys its rule, and holders are told."""
    catalogue = Warehouse(settings).snapshot().catalogue
    with open_database(settings) as database, database.begin() as session:
        made = rules.accept(
            session, number, summary, catalogue, actor=actor, rule=_rule(file)
        )
        text = f"Rule {made.number} holds from the next load on. Credit: {made.credit}."
    click.echo(text)


@finding.command("rules")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def show_rules(settings: Settings, *, as_json: bool) -> None:
    """List the harmonisation rules, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        found = [rules.document(one) for one in rules.everything(session)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("Rule", "Variable", "What", "Since snapshot", "Credit")
    for one in found:
        since = "revoked" if one["revoked"] else str(one["since_snapshot"] or "next")
        table.add_row(
            str(one["number"]), one["variable"], one["summary"], since, one["credit"]
        )
    Console(markup=False).print(table)


@finding.command()
@_number
@click.option("--reason", required=True, help="Why; it goes into the audit log.")
@_as
@click.pass_obj
def revoke(settings: Settings, number: int, reason: str, actor: str) -> None:
    """Let rule NUMBER hold no longer: the next load does without it."""
    with open_database(settings) as database, database.begin() as session:
        rules.revoke(session, number, reason, actor=actor)
    click.echo(f"Rule {number} is revoked.")


@finding.command()
def schema() -> None:
    """Print the JSON schema that a finding must follow."""
    click.echo(json.dumps(FindingForm.model_json_schema(), indent=2))


def _rule(file: Path | None) -> Rule | None:
    if file is None:
        return None
    document: Any = read_json(file)
    try:
        return RULE.validate_python(document)
    except ValueError as error:
        raise InputError(
            f"{file.name} is no rule: `enclave finding schema` shows what one holds."
        ) from error
