"""``enclave kernels``: install, list and verify the released kernels."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enclave.errors import HostError
from enclave.sandbox import (
    kernel_installation,
    kernel_release,
    kernel_wheelhouse,
    released_kernels,
)
from enclave.sandbox.installers import uv
from enclave.settings import Settings


_NAME = click.argument("name", required=False)


@click.group()
def kernels() -> None:
    """Install and verify the kernels that analyses run in."""


@kernels.command()
@_NAME
@click.option("--again", is_flag=True, help="Build the environment anew.")
@click.option(
    "--from",
    "wheelhouse",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take every package from this wheelhouse, and nothing from the network.",
)
@click.pass_obj
def install(
    settings: Settings, name: str | None, wheelhouse: Path | None, *, again: bool
) -> None:
    """Install a released kernel; without a NAME, all that need no licence."""
    for release in _chosen(name, licensed=False):
        new = kernel_installation.install(
            settings, release, again=again, wheelhouse=wheelhouse, report=click.echo
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
        if name is None and not release.is_installed(settings):
            click.echo(f"{release.name}: not installed")
            continue
        number = released_kernels.verify(settings, release.name)
        click.echo(f"{release.name}: {number} packages, all as released")


@kernels.command()
@click.argument("name")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for the files.",
)
def wheelhouse(name: str, out: Path) -> None:
    """Fetch what a kernel is installed from, for a machine without network."""
    number = kernel_wheelhouse.fill(released_kernels.release(name), out, click.echo)
    click.echo(
        f"{out} holds {number} files. Install from it: enclave kernels install"
        f" --from {out} {name}"
    )


@kernels.command()
@click.argument("name")
def bill(name: str) -> None:
    """Print a kernel's bill of materials, in CycloneDX."""
    click.echo(released_kernels.release(name).bill.read_text(), nl=False)


@kernels.command()
@click.argument("name")
def lock(name: str) -> None:
    """Lock what a new kernel asks for, with all that it depends on."""
    installer = uv()
    if installer is None:
        raise HostError("Locking takes uv, which is not here: pip install uv")
    kernel_release.lock(released_kernels.release(name), installer)
    click.echo(f"{name} is locked. It is released once RELEASED names its files.")


def _chosen(
    name: str | None, *, licensed: bool = True
) -> list[released_kernels.Release]:
    if name:
        return [released_kernels.release(name)]
    every = released_kernels.releases()
    return [release for release in every if licensed or release.needs is None]
