"""Every command can be found, and says what it does."""

import click
import pytest

from enclave.cli.main import COMMANDS, enclave


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_exists_and_has_help(name: str):
    context = click.Context(enclave)

    command = enclave.get_command(context, name)

    assert command is not None
    for one in _with_children(command):
        assert one.help, one.name


def _with_children(command: click.Command) -> list[click.Command]:
    children = command.commands.values() if isinstance(command, click.Group) else []
    return [command, *(one for child in children for one in _with_children(child))]
