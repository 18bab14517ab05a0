"""``enclave run``: start the hub with everything it keeps running."""

import os
import sys
from pathlib import Path

import click

from enclave.settings import Settings


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65534),
    default=8000,
    show_default=True,
    help="Port on this machine's loopback address.",
)
@click.option(
    "--workspaces-port",
    type=click.IntRange(1, 65535),
    help="Port of the pages of workspaces; by default the next one.",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the installation; by default ENCLAVE_HOME.",
)
@click.option(
    "--demo",
    is_flag=True,
    help="With demo people and, if none is loaded, made-up data.",
)
@click.pass_obj
def run(
    settings: Settings,
    port: int,
    workspaces_port: int | None,
    home: Path | None,
    *,
    demo: bool,
) -> None:
    """Start the hub: sign-in, workspaces, portal, dashboards and worker.

    Stop it with Ctrl-C; everything it started ends with it.
    """
    asked = settings.environment() if home is None else {"ENCLAVE_HOME": str(home)}
    if demo:
        asked["ENCLAVE_DEMO"] = "1"
    asked["ENCLAVE_PORT"] = str(port)
    asked["ENCLAVE_WORKSPACES_PORT"] = str(workspaces_port or port + 1)
    chosen = Settings.from_environment({**os.environ, **asked})
    # The hub stands above this package, so it is started and not imported.
    os.execve(  # noqa: S606 - there is no shell, and we become the hub's keeper
        sys.executable,
        [sys.executable, "-m", "enclave_hub.start"],
        {**os.environ, **chosen.environment()},
    )
