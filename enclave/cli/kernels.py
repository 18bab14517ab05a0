"""``enclave kernels``: install, list and verify the released kernels."""

import json

import click
from rich.console import Console
from rich.table import Table

from enclave.sandbox import kernel_installation, released_kernels
from enclave.settings import Settings


_NAME = click.argument("name", required=False)


@click.group()
def kernels() -> None:
    """Install and verify the kernels that analyses run in."""


@kernels.command()
@_NAME
@click.option("--again", is_flag=True, help="Build the environment anew.")
@click.pass_obj
def install(settings: Settings, name: str | None, *, again: bool) -> None:
    """Install a released kernel; without a NAME, all of them."""
    for release in _chosen(name):
        new = kernel_installation.install(
            settings, release, again=again, report=click.echo
        )
        state = "Installed" if new else "Already installed:"
        click.echo(f"{state} {release.name} ({release.prefix(settings)})")


@kernels.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
@click.pass_obj
def list_(settings: Settings, *, as_json: bool) -> None:
    """List the released kernels and whether they are installed."""
    found = [
        {
            "name": release.name,
            "display_name": release.specification["display_name"],
            "packages": len(release.packages()),
            "lock": release.mark()["lock"],
            "installed": release.is_installed(settings),
        }
        for release in released_kernels.releases()
    ]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    table = Table("Kernel", "Shown as", "Packages", "Lock (SHA-256)", "Installed")
    for row in found:
        installed = "yes" if row["installed"] else "no"
        lock = str(row["lock"])[:16]
        table.add_row(
            row["name"], row["display_name"], str(row["packages"]), lock, installed
        )
    Console().print(table)


@kernels.command()
@_NAME
@click.pass_obj
def verify(settings: Settings, name: str | None) -> None:
    """Check that what is installed is what was released."""
    for release in _chosen(name):
        number = released_kernels.verify(settings, release.name)
        click.echo(f"{release.name}: {number} packages, all as released")


def _chosen(name: str | None) -> list[released_kernels.Release]:
    return [released_kernels.release(name)] if name else released_kernels.releases()
