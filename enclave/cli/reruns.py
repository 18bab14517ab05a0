"""``enclave reruns``: see, cancel and sample re-runs, and ask whether all is well."""

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from enclave.archive import rerun_overview, rerun_request
from enclave.archive.sample import ask_for_sample
from enclave.cli.installation import open_database
from enclave.clock import now
from enclave.projects import people
from enclave.settings import Settings


_CONCERNS = {
    "no_sample": "No sample was ever taken: enclave reruns sample, every night.",
    "old_sample": "The last sample is older than a night: look after its timer.",
    "unsound_verdicts": "A sampled analysis differs or could not run.",
    "failed_jobs": "A re-run failed by a fault of the system: enclave reruns list.",
    "waits_too_long": "A re-run waits for more than a day: is a worker at work?",
}


@click.group()
def reruns() -> None:
    """See how re-runs stand, cancel them, and take the nightly sample."""


@reruns.command("list")
@click.option("--as", "account", required=True, help="Who wants to see them.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_reruns(settings: Settings, account: str, page: int, *, as_json: bool) -> None:
    """List the re-runs that you may know of, the last asked for first."""
    with open_database(settings) as database, database.begin() as session:
        visitor = people.get(session, account)
        found = rerun_overview.listing(session, visitor, now, page=page)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table(Column("Analysis", no_wrap=True), "No.", "Data", "State", "Verdict")
    for one in found:
        table.add_row(
            one["analysis"],
            str(one["number"]),
            one["data"],
            _stands(one),
            one["verdict"] or "",
        )
    Console(markup=False).print(table)


@reruns.command()
@click.argument("analysis")
@click.argument("number", type=int)
@click.option("--as", "account", required=True, help="Who wants to see it.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_obj
def show(
    settings: Settings, analysis: str, number: int, account: str, *, as_json: bool
) -> None:
    """Show re-run NUMBER of ANALYSIS: what was asked for, and how far it is."""
    with open_database(settings) as database, database.begin() as session:
        visitor = people.get(session, account)
        found = rerun_overview.one(session, analysis, number, visitor, now)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("Re-run", f"{number} of {analysis}")
    table.add_row("state", _stands(found))
    for name, value in found.items():
        if name not in _SHOWN and value is not None:
            table.add_row(name.replace("_", " "), str(value))
    Console(markup=False).print(table)


@reruns.command()
@click.argument("analysis")
@click.argument("number", type=int)
@click.option("--as", "actor", required=True, help="Who asked for it, or of CORE.")
@click.pass_obj
def cancel(settings: Settings, analysis: str, number: int, actor: str) -> None:
    """Have re-run NUMBER of ANALYSIS not carried out, or stop it where it runs."""
    with open_database(settings) as database, database.begin() as session:
        request = rerun_request.get(session, analysis, number)
        rerun_request.cancel(session, request, actor=actor)
    click.echo(f"Re-run {number} of {analysis} is cancelled.")


@reruns.command()
@click.option("--as", "actor", required=True, help="A data manager, or of CORE.")
@click.option(
    "--size", type=click.IntRange(1), default=5, show_default=True, help="How many."
)
@click.pass_obj
def sample(settings: Settings, actor: str, size: int) -> None:
    """Leave a sample of the archive to the workers, behind all other work.

    Meant for every night, by cron or a timer. Asked again on the same day, it is the
    same sample. Those whose last sample lies longest back come first.
    """
    with open_database(settings) as database, database.begin() as session:
        asked = ask_for_sample(session, settings, size=size, actor=actor)
        said = [f"Re-run {one.number} of {one.analysis_id}" for one in asked]
    click.echo("\n".join(said) or "There is no archived analysis to sample.")


@reruns.command()
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_obj
def health(settings: Settings, *, as_json: bool) -> None:
    """Say whether the archive is well; exit code 1 if it is not."""
    with open_database(settings) as database, database.begin() as session:
        found = rerun_overview.health(session, None, now)
    if as_json:
        click.echo(json.dumps(found))
    else:
        click.echo("All is well." if found["well"] else "Something needs a look.")
        for concern in found["concerns"]:
            click.echo(f"  {_CONCERNS[concern]}")
        for one in found["sample"]:
            verdict = one["verdict"] or "not done yet"
            click.echo(f"  {one['analysis']}: {verdict}")
    sys.exit(not found["well"])


_SHOWN = frozenset({"analysis", "number", "state", "step", "steps"})


def _stands(one: dict[str, Any]) -> str:
    if one["state"] == "running" and one["steps"]:
        return f"running, cell {one['step']} of {one['steps']}"
    return str(one["state"])
