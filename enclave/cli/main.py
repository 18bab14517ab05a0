"""Find the command, run it, and turn a refusal into one message and an exit code."""

import importlib
import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import click

from enclave import __version__
from enclave.errors import EnclaveError
from enclave.settings import Settings


# Loaded when called: a data frame library costs a second that `enclave --help` or
# `enclave certificate verify` need not wait for.
COMMANDS = {
    "application": "enclave.cli.application",
    "archive": "enclave.cli.archive",
    "attachment": "enclave.cli.attachment",
    "audit": "enclave.cli.audit",
    "catalogue": "enclave.cli.catalogue",
    "certificate": "enclave.cli.certificate",
    "close-out": "enclave.cli.close_out",
    "code-list": "enclave.cli.code_list",
    "codes": "enclave.cli.codes",
    "cohort": "enclave.cli.cohort",
    "cpr-extract": "enclave.cli.cpr_extract",
    "deliver": "enclave.cli.delivery",
    "delivery": "enclave.cli.delivery",
    "display": "enclave.cli.display",
    "feasibility": "enclave.cli.feasibility",
    "finding": "enclave.cli.finding",
    "grant": "enclave.cli.grant",
    "institution": "enclave.cli.institution",
    "isolation-report": "enclave.cli.isolation",
    "kernels": "enclave.cli.kernels",
    "keys": "enclave.cli.keys",
    "opt-out": "enclave.cli.opt_out",
    "own-data": "enclave.cli.own_data",
    "mail": "enclave.cli.mail",
    "people": "enclave.cli.people",
    "project": "enclave.cli.project",
    "reidentify": "enclave.cli.reidentify",
    "rerun": "enclave.cli.rerun",
    "reruns": "enclave.cli.reruns",
    "returns": "enclave.cli.returns",
    "run": "enclave.cli.run",
    "tour": "enclave.cli.tour",
    "warehouse": "enclave.cli.warehouse",
    "worker": "enclave.cli.worker",
}


_DANISH = "enclave.danish"


class CommandsByNoun(click.Group):
    """A group that imports a command's file when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and note in which language it is to speak."""
        ctx.meta[_DANISH] = _asks_for_danish(args)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Show a refusal as one message; bugs keep their traceback."""
        try:
            return super().invoke(ctx)
        except EnclaveError as error:
            said = _in_danish(error) if ctx.meta.get(_DANISH) else f"Error: {error}"
            click.secho(said, fg="red", err=True)
            ctx.exit(error.exit_code)


def _asks_for_danish(arguments: Sequence[str]) -> bool:
    """Return whether a command was given ``--language da``."""
    pairs = pairwise(arguments)
    return ("--language", "da") in pairs or "--language=da" in arguments


def _in_danish(error: EnclaveError) -> str:
    # Commands that say nothing in Danish need not wait for its words.
    from enclave.disclosure.refusing import OF_QUESTIONS  # noqa: PLC0415
    from enclave.phrasebook import Phrasebooks  # noqa: PLC0415

    said = error.danish or Phrasebooks(OF_QUESTIONS).in_danish(str(error))
    return f"Fejl: {said}"


@click.group(cls=CommandsByNoun)
@click.version_option(__version__, prog_name="enclave")
@click.pass_context
def enclave(ctx: click.Context) -> None:
    """A research enclave for hospital data, from a question to a signed re-run.

    Everything is kept below ENCLAVE_HOME (by default .enclave in this folder).
    """
    ctx.obj = ctx.obj or Settings.from_environment(os.environ)


def main() -> None:
    """Run the command line; the entry point of the ``enclave`` script."""
    enclave(prog_name="enclave")
