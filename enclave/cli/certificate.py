"""``enclave certificate``: check one anywhere, without home and without database."""

from pathlib import Path

import click

from enclave.archive import verify_certificate
from enclave.archive.certificate import read_signed, verify_file
from enclave.archive.timestamp import stamp_of
from enclave.settings import Settings
from enclave.signature import Signer


@click.group()
def certificate() -> None:
    """Check certificates of re-runs."""


@certificate.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key",
    metavar="PUBLIC",
    help="Public key of the issuer in base64, or a file that holds it.",
)
def verify(file: Path, key: str | None) -> None:
    """Check that FILE, JSON or PDF, is a certificate that nobody has changed.

    Without --key that does not say who issued it.
    """
    trusted = _public_key(key)
    found = verify_file(file, trusted)
    stamped = stamp_of(read_signed(file, trusted))
    click.echo("The certificate is as it was signed.")
    click.echo(verify_certificate.summary(found.model_dump(mode="json")))
    at = f"{stamped:%Y-%m-%d %H:%M:%S} UTC" if stamped else "by nobody"
    click.echo(f"stamped    {at}")
    if key is None:
        click.echo(
            "Who signed it was not checked: give the issuer's public key with --key."
        )


@certificate.command()
@click.pass_obj
def key(settings: Settings) -> None:
    """Print this installation's public key, for those who check its certificates."""
    click.echo(Signer.load(settings).public_key)


def _public_key(given: str | None) -> str | None:
    if given is None:
        return None
    path = Path(given)
    return path.read_text().strip() if path.is_file() else given.strip()
