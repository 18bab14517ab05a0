"""Write ``docs/reference/commands.md`` from the commands themselves.

``python -m enclave.cli.commands_page docs/reference/commands.md``
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from enclave.cli.main import COMMANDS, enclave


def page() -> str:
    """Return the page: every command with its help and its options."""
    context = click.Context(enclave, info_name="enclave")
    parts = ["# Commands", "Made from the commands themselves; do not edit."]
    for name in sorted(COMMANDS):
        command = enclave.get_command(context, name)
        if command is not None:
            parts += _sections(command, name, context)
    return "\n\n".join(parts) + "\n"


def _sections(
    command: click.Command, name: str, parent: click.Context
) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    yield f"## `{context.command_path}`"
    # A width of its own, so that the page does not depend on a terminal.
    context.terminal_width = 88
    yield f"```text\n{command.get_help(context).rstrip()}\n```"
    if isinstance(command, click.Group):
        for child in sorted(command.commands):
            yield from _sections(command.commands[child], child, context)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
