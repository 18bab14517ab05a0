"""``enclave opt-out``: who said no to the use of their data in research."""

from pathlib import Path

import click

from enclave.cli.installation import open_database
from enclave.identity.opt_outs import OptOuts, Source
from enclave.projects import opt_outs
from enclave.projects.opt_outs import OptOutList
from enclave.settings import Settings


_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_SOURCE = click.option(
    "--source",
    required=True,
    type=click.Choice([each.value for each in Source]),
    help="Through whom: EHDS article 71, the hospital, or the hospital's own policy.",
)
_KIND = click.option(
    "--kind", default="cpr", show_default=True, help="Kind of the ids in the file."
)
_ACTOR = click.option("--as", "actor", required=True, help="Account of a data manager.")


@click.group("opt-out")
def opt_out() -> None:
    """Enter who opted out: the next snapshot holds nothing of theirs."""


@opt_out.command()
@_FILE
@_SOURCE
@_KIND
@click.option(
    "--complete",
    is_flag=True,
    help="The file is all of the source: whoever is not in it has taken it back.",
)
@_ACTOR
@click.pass_obj
def load(
    settings: Settings,
    file: Path,
    source: str,
    kind: str,
    actor: str,
    *,
    complete: bool,
) -> None:
    """Enter the persons in FILE, a CSV file with the columns id and since."""
    given = OptOutList(
        opt_outs.read(file),
        Source(source),
        kind=kind,
        says="complete" if complete else "no",
    )
    with open_database(settings) as database:
        done = opt_outs.enter(settings, database, given, actor=actor)
    click.echo(f"{done.said_no:,} said no, {done.taken_back:,} have taken it back.")
    if done.unmet:
        click.echo(
            f"{done.unmet:,} of the {len(given.lines):,} persons in the list are in no"
            " snapshot so far. If that is odd, look at --kind."
        )
    click.echo("The next load obeys: enclave warehouse load")


@opt_out.command("take-back")
@_FILE
@_SOURCE
@_KIND
@_ACTOR
@click.pass_obj
def take_back(
    settings: Settings, file: Path, source: str, kind: str, actor: str
) -> None:
    """Enter that the persons in FILE have taken it back."""
    given = OptOutList(opt_outs.read(file), Source(source), kind=kind, says="back")
    with open_database(settings) as database:
        done = opt_outs.enter(settings, database, given, actor=actor)
    click.echo(f"{done.taken_back:,} have taken it back.")


@opt_out.command()
@click.pass_obj
def count(settings: Settings) -> None:
    """Say how many say no, by source."""
    settings.claim_home()
    for source, persons in OptOuts.of(settings).by_source().items():
        click.echo(f"{source.value}: {persons:,}")
