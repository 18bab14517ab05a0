"""The certificate of a re-run: one signed page, as JSON and PDF, that holds no data.

It says which analysis was executed again, on what, and how the two runs relate. It
names everything by hash: whoever holds the archive can check it, and whoever holds only
the certificate learns nothing about a patient. ``verify_certificate.py`` beside this
file checks one without the enclave.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from enclave import signature
from enclave.archive import verify_certificate
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.intake import read_file
from enclave.archive.manifest import DeliveryRecord, KernelRecord
from enclave.archive.run_record import Start, Unconfirmed
from enclave.archive.timestamp import Authority, stamp_of
from enclave.errors import InputError, IntegrityError
from enclave.signature import Signer


_LARGEST = 1_000_000


class Certificate(BaseModel):
    """What a re-run is certified to have shown.

    Attributes
    ----------
    analysis, rerun
        The archived analysis, and the number of this re-run of it.
    manifest_sha256, source_digest
        Of the sealed manifest, and of the code that was executed both times.
    more_kernels
        Those of further steps in other languages.
    data
        ``frozen``: the delivery's own files. ``re-created``: made again from grant,
        key and snapshot, with the same hashes. ``today``: made under the same grant
        from the latest snapshot. ``unavailable``: none of these was possible.
    other_kernel, other_delivery
        What it was executed in and on instead of what was recorded, where that was
        asked for; null otherwise.
    start
        How its kernels were started: ``cold``, or ``forked`` from a process that had
        loaded their libraries, which counts only where every output is identical to
        that of the archived run, which is always a cold one. Null where none was, and
        in certificates of before.
    unconfirmed_forks
        How a forked run ended before this one, which was then started cold, for it
        counted for nothing; null where there was none.
    report_sha256, policy_sha256
        Of the full comparison, which stays in the enclave, and of its tolerances and
        rules.
    outputs
        How many outputs got which verdict, and how many were left out.
    cause
        Why it could not run, in classes; null otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["rerun-certificate"] = "rerun-certificate"
    version: Literal[1] = 1
    analysis: str
    rerun: int
    manifest_sha256: str
    source_digest: str
    kernel: KernelRecord
    more_kernels: tuple[KernelRecord, ...] = ()
    delivery: DeliveryRecord
    data: Literal["frozen", "re-created", "today", "unavailable"]
    other_kernel: KernelRecord | None = None
    other_delivery: DeliveryRecord | None = None
    archived: AwareDatetime
    requested: AwareDatetime
    completed: AwareDatetime
    start: Start | None = None
    unconfirmed_forks: Unconfirmed | None = None
    verdict: Verdict
    cause: str | None
    outputs: dict[str, int]
    report_sha256: str
    policy_sha256: str


def issue(
    certificate: Certificate, signer: Signer, authority: Authority | None = None
) -> bytes:
    """Return the bytes of a signed certificate, with a time stamp of its signature.

    Raises
    ------
    HostError
        If the authority cannot stamp it.
    """
    document = signer.sign(certificate.model_dump(mode="json"))
    if authority is not None:
        document = authority.stamped(document)
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def verify_file(path: Path, trusted_key: str | None = None) -> Certificate:
    """Check a certificate, with nothing but the file and perhaps a public key.

    Parameters
    ----------
    path
        The certificate.
    trusted_key
        The public key of the installation that should have issued it (base64). Without
        it the check shows that nothing was changed, but not who issued it.

    Raises
    ------
    InputError
        If there is no such file or it is no JSON document.
    IntegrityError
        If it was changed, is signed by another key, or is no certificate.
    """
    document = read_signed(path, trusted_key)
    content = signature.verify(document, trusted_key=trusted_key)
    stamp_of(document)
    try:
        return Certificate.model_validate(content)
    except ValidationError as error:
        raise IntegrityError(
            f"{path} is signed, but is no certificate of a re-run that this version"
            " knows. Ask the issuer which version checks it."
        ) from error


def read_signed(path: Path, trusted_key: str | None = None) -> dict[str, Any]:
    """Return the signed document that a file is, or that a page carries, unchecked.

    Raises
    ------
    InputError
        If it is neither.
    IntegrityError
        If it is a page that was changed.
    """
    content = read_file(path, largest=_LARGEST)
    try:
        if content.startswith(b"%PDF-"):
            document = verify_certificate.in_page(content, trusted_key)
        else:
            document = json.loads(content, object_pairs_hook=_without_repeats)
    except verify_certificate.InvalidCertificateError as error:
        raise IntegrityError(f"{path} does not hold: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is no JSON document. Name the certificate as it was issued."
        ) from error
    if not isinstance(document, dict):
        raise InputError(f"{path} is no certificate. Name one as it was issued.")
    return document


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: readers would disagree on what it says."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise IntegrityError(
            "The document says one thing twice: it was changed after it was signed."
        )
    return document
