"""``enclave keys``: change the root key, move it, and end what hangs from it."""

import json
from dataclasses import replace

import click

from enclave.audit import log
from enclave.cli.installation import open_database
from enclave.errors import InputError
from enclave.identity import rotation
from enclave.identity.root_key import roots
from enclave.identity.token_root import TokenRoot
from enclave.returns.close_out import left_key
from enclave.settings import Settings


@click.group()
def keys() -> None:
    """The root key, from which all other keys hang."""


@keys.command("rotate-root")
@click.option("--as", "actor", required=True, help="Who does it.")
@click.option("--reason", required=True, help="Why; it goes into the record.")
@click.pass_obj
def rotate_root(settings: Settings, actor: str, reason: str) -> None:
    """Make a new root key and close everything with it. Pseudonyms do not change.

    Stop workers first. Broken off, it goes on when it is called again.
    """
    record = rotation.rotate(settings, actor=actor, reason=reason)
    _tell(settings, actor, "root_key.rotate", record)


@keys.command("move-root")
@click.argument("place")
@click.option("--create", is_flag=True, help="Make a new key in the token first.")
@click.option("--as", "actor", required=True, help="Who does it.")
@click.option("--reason", required=True, help="Why; it goes into the record.")
@click.pass_obj
def move_root(
    settings: Settings, place: str, actor: str, reason: str, *, create: bool
) -> None:
    """Close everything with the root key of PLACE.

    PLACE is written as in ENCLAVE_ROOT_KEY_FROM, which is to be set to it afterwards.
    """
    if create:
        kind, _, where = place.partition(":")
        if kind != "pkcs11":
            raise InputError("Only in a token can a root key be made: pkcs11:module=….")
        TokenRoot.at(where).create()
    target = replace(settings, root_key_from=place)
    roots(target)
    record = rotation.move(settings, target, actor=actor, reason=reason)
    _tell(settings, actor, "root_key.move", record)
    click.echo(f"Now set ENCLAVE_ROOT_KEY_FROM={place}")


@keys.command("destroy")
@click.argument("project")
@click.option("--as", "actor", required=True, help="Account of the CORE group.")
@click.option("--reason", required=True, help="Why; it goes into the record.")
@click.pass_obj
def destroy(settings: Settings, project: str, actor: str, reason: str) -> None:
    """Destroy the key of a PROJECT that was closed with its key left behind.

    A project that is not closed ends with `enclave close-out`, which destroys its data
    and its key together. Broken off, it goes on when it is called again.
    """
    with open_database(settings) as database:
        record = left_key.destroy(
            settings, database, project, actor=actor, reason=reason
        )
    click.echo(json.dumps(record, ensure_ascii=False))


def _tell(
    settings: Settings, actor: str, action: str, record: dict[str, object]
) -> None:
    with open_database(settings) as database, database.begin() as session:
        facts = {"project_keys": record["project_keys"], "reason": record["reason"]}
        log.record(session, log.Event(actor, action, "root_key", facts))
    click.echo(json.dumps(record, ensure_ascii=False))
