"""``enclave close-out``: how a project ends."""

import json
from pathlib import Path
from typing import Any

import click

from enclave import signature
from enclave.archive.timestamp import stamp_of
from enclave.cli.form_file import read_json
from enclave.cli.installation import open_database
from enclave.clock import now
from enclave.errors import InputError, IntegrityError
from enclave.portal.danish import name_in
from enclave.returns.close_out import destruction, ordering, wording
from enclave.returns.close_out.ordering import Order
from enclave.returns.close_out.plan import Plan, plan_of
from enclave.returns.close_out.wording import Language
from enclave.settings import Settings
from enclave.signature import Signer


@click.group()
def close_out() -> None:
    """End a project: say what is lost, then destroy its data and sign for it."""


@close_out.command()
@click.argument("project")
@click.option("--language", type=click.Choice(["en", "da"]), default="en")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_obj
def plan(
    settings: Settings, project: str, language: Language, *, as_json: bool
) -> None:
    """Say what is open in PROJECT, what would be destroyed, and what ends with it.

    Nothing is changed. The last line names the plan, for `enclave close-out destroy`.
    """
    with open_database(settings) as database, database.begin() as session:
        found = plan_of(session, project, now())
    if as_json:
        click.echo(json.dumps({**found.document, "digest": found.digest}))
        return
    _show(found, language)


@close_out.command()
@click.argument("project")
@click.option("--plan", "plan_digest", required=True, help="The plan that was read.")
@click.option("--reason", required=True, help="Why now: it stands in the record.")
@click.option(
    "--accept",
    "accepted",
    metavar="POINT=REASON",
    multiple=True,
    help="An open point that stays open, and why. May be repeated.",
)
@click.option("--as", "actor", required=True, help="Account of the CORE group.")
@click.pass_obj
def destroy(
    settings: Settings,
    project: str,
    plan_digest: str,
    reason: str,
    accepted: tuple[str, ...],
    actor: str,
) -> None:
    """Destroy the data and the key of PROJECT for good, and close it.

    Takes another person than the data manager who checked the close-out. Broken off, it
    goes on when it is called again.
    """
    wanted = Order(project, plan_digest, reason, _accepted(accepted))
    with open_database(settings) as database:
        with database.begin() as session:
            ordering.order(session, wanted, actor=actor)
        made = destruction.carry_out(settings, database, project, actor=actor)
    files = sum(one["files"] for one in made["destroyed"].values())
    click.echo(f"{files:,} files and the key of {project} are destroyed.")
    click.echo(f"The project is closed. The record: enclave close-out record {project}")


@close_out.command()
@click.argument("project")
@click.pass_obj
def record(settings: Settings, project: str) -> None:
    """Write the signed record of the destruction of PROJECT's data, as JSON."""
    with open_database(settings) as database:
        found = destruction.record_of(database, project)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@close_out.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", help="The installation's public key; by default that of here.")
@click.pass_obj
def verify(settings: Settings, file: Path, key: str | None) -> None:
    """Check that the record in FILE is as it was signed."""
    trusted = key or Signer.load(settings).public_key
    document = read_json(file)
    content = signature.verify(document, trusted_key=trusted)
    if content.get("document") != "project-destruction":
        raise IntegrityError(
            f"{file} is signed, but is no record of a destruction. Name one as"
            " `enclave close-out record` wrote it."
        )
    click.echo(
        f"{file} is as it was signed: the data of {content['plan']['project']} were"
        f" destroyed on {content['completed'][:10]}. Stamped {_stamped(document)}."
    )


def _stamped(document: dict[str, Any]) -> str:
    at = stamp_of(document)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "by nobody"


def _show(found: Plan, language: Language) -> None:
    click.echo(f"{found.project}: {found.title}\n")
    for item in found.items:
        said = wording.sentence(item, language, name_in)
        click.echo(f"{'✓' if item.done else '✗'} {said}")
        if not item.done:
            how = "may be accepted as" if item.acceptable else "must be settled:"
            click.echo(f"    {how} {item.name}")
    for sign, lines in (
        ("-", wording.goes(found, language)),
        ("+", wording.stays(language)),
    ):
        click.echo("")
        for line in lines:
            click.echo(f"{sign} {line}")
    for analysis in found.analyses:
        click.echo(f"\n{analysis['id']}")
        for line in wording.afterwards(analysis, language):
            click.echo(f"  {line}")
    click.echo(f"\nPlan {found.digest}")


def _accepted(given: tuple[str, ...]) -> dict[str, str]:
    accepted = {}
    for text in given:
        name, equals, reason = text.partition("=")
        if not equals or not reason.strip():
            raise InputError(f"{name!r} is accepted without a reason: POINT=REASON.")
        accepted[name.strip()] = reason.strip()
    return accepted
