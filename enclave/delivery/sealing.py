"""Encrypt what leaves, in memory: only cipher text ever reaches a disk.

To a receiver with a key it is an age file, which only that key opens. To others it is
a zip file with AES-256 and a generated pass phrase, which travels another way.
"""

import io
import secrets
from dataclasses import dataclass

import pyrage
import pyzipper

from enclave.errors import InputError


# Letters and digits that nobody mistakes for one another on the telephone.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 6, 5
# Names inside an encrypted zip file are readable, so this one says nothing.
_NAME = "data.csv"
_WHEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sealed:
    """Cipher text; the pass phrase is null where a key opens it."""

    content: bytes
    suffix: str
    pass_phrase: str | None


def seal(
    content: bytes, recipient_key: str = "", pass_phrase: str | None = None
) -> Sealed:
    """Encrypt to a public age key, or under a pass phrase: a new one if none is given.

    Raises
    ------
    InputError
        If the key is none.
    """
    if not recipient_key:
        pass_phrase = pass_phrase or new_pass_phrase()
        return Sealed(zipped({_NAME: content}, pass_phrase), ".zip", pass_phrase)
    try:
        recipient = pyrage.x25519.Recipient.from_str(recipient_key)
    except pyrage.RecipientError as error:
        raise InputError(
            "The receiver's key is no public age key: it begins with age1, and"
            " `age-keygen -y` shows it."
        ) from error
    return Sealed(pyrage.encrypt(content, [recipient]), ".age", None)


def zipped(files: dict[str, bytes], pass_phrase: str) -> bytes:
    """Zip files with AES-256. 7-Zip opens it; Windows Explorer cannot."""
    target = io.BytesIO()
    with pyzipper.AESZipFile(
        target, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(pass_phrase.encode())
        for name, content in files.items():
            info = archive.zipinfo_cls(filename=name, date_time=_WHEN)
            info.compress_type = pyzipper.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


def new_pass_phrase() -> str:
    """Return 30 letters in six groups: about 147 bits."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )
    return "-".join(groups)
