"""``enclave people``: who may sign in, in which roles, and until when."""

import json
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.projects.people import SYSTEM, Account, Person, Role, everybody, register
from enclave.settings import Settings


_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def people() -> None:
    """List and add the people who may sign in."""


@people.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_people(settings: Settings, *, as_json: bool) -> None:
    """List all accounts."""
    with open_database(settings) as database, database.begin() as session:
        accounts = [_document(account) for account in everybody(session)]
    if as_json:
        click.echo(json.dumps(accounts, ensure_ascii=False))
        return
    table = Table("Account", "Name", "E-mail", "Roles", "Agreement", "Training")
    for one in accounts:
        table.add_row(
            one["name"],
            one["display_name"],
            one["email"],
            ", ".join(one["roles"]),
            one["agreement_until"] or "none",
            one["training_until"] or "none",
        )
    Console(markup=False).print(table)


@people.command()
@click.argument("name")
@click.option("--display-name", required=True, help="Name as it is shown.")
@click.option("--email", required=True, help="Institutional e-mail address.")
@click.option("--institution", required=True, help="Hospital or university.")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="May be repeated.",
)
@click.option("--agreement-until", type=_DAY, help="Last day of the user agreement.")
@click.option("--training-until", type=_DAY, help="Last day the yearly training holds.")
@click.option("--as", "actor", default=SYSTEM, help="Data manager who adds the person.")
@click.pass_obj
def add(
    settings: Settings,
    /,
    actor: str,
    agreement_until: datetime | None,
    training_until: datetime | None,
    **person: Any,
) -> None:
    """Add the account NAME, or change it."""
    wanted = Person(
        agreement_until=_day(agreement_until),
        training_until=_day(training_until),
        **person,
    )
    with open_database(settings) as database, database.begin() as session:
        account = register(session, wanted, actor=actor)
        roles = ", ".join(sorted(account.roles))
    click.echo(f"{wanted.name} ({wanted.email}) is registered: {roles}.")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _document(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "display_name": account.display_name,
        "email": account.email,
        "institution": account.institution,
        "roles": sorted(account.roles),
        "agreement_until": _written(account.agreement_until),
        "training_until": _written(account.training_until),
    }


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None
