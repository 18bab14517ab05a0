"""A project's pseudonyms: 26 characters that stand for a person in one project.

A pseudonym is one AES-256 block under the project's own key, written in Crockford's
base 32. The block holds a fixed prefix and the person key. Under one key a block
cipher is a permutation, so two persons never share a pseudonym, and the holder of the
key can turn it back without any table that would have to be guarded. Under two keys it
is two unrelated permutations: without a key nobody can join two projects. The prefix
comes back only under the right key, so a pseudonym of another project, or one mistyped,
is recognised with a chance of error of 2⁻⁶⁴.

ECB is right here and only here: each block is encrypted on its own, and no two blocks
of a project are alike.
"""

import hmac
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from enclave.clock import Clock, now
from enclave.errors import InputError
from enclave.identity.project_keys import ProjectKeys
from enclave.settings import Settings


LENGTH = 26
# Dates move by up to so many days, forwards or backwards, and never by none.
MOST_DAYS = 365
# No I, L, O or U: https://www.crockford.com/base32.html
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = b"person/1"

_VALUE_OF = {
    **{letter: value for value, letter in enumerate(ALPHABET)},
    "I": 1,
    "L": 1,
    "O": 0,
}
_BLOCK = 16
# So many keys and their pseudonyms stay within the processor's cache.
_CHUNK = 16_384
# Arrow's string offsets are 32-bit.
_MOST = (2**31 - 1) // LENGTH
# Ten bits at a time: two letters, read as one 16-bit number.
_PAIRS = np.array(
    [(first + second).encode() for first in ALPHABET for second in ALPHABET], dtype="S2"
).view(np.uint16)


class Pseudonyms:
    """The pseudonyms of one project.

    Parameters
    ----------
    key
        The project's key, 32 bytes.
    key_name
        What manifests call that key.
    """

    def __init__(self, key: bytes, key_name: str) -> None:
        self.key_name = key_name
        # The project's key makes other keys too (own data, date shifts): never twice
        # the same one for two purposes.
        self._cipher = _cipher(key, b"enclave/v1/pseudonym")
        self._shift_cipher = _cipher(key, b"enclave/v1/date-shift")
        self._other_key = HKDFExpand(SHA256(), 32, b"enclave/v1/other-key").derive(key)

    @classmethod
    def for_project(cls, settings: Settings, project: int) -> "Pseudonyms":
        """Open the project's pseudonyms, making its key on first use.

        Raises
        ------
        PolicyRefusal
            If the project's key was destroyed.
        """
        keys = ProjectKeys(settings)
        return cls(key_name=keys.create(project).name, key=keys.load(project))

    def of(self, person_keys: npt.NDArray[np.int64]) -> pa.Array:
        """Return the pseudonym of each person key.

        Parameters
        ----------
        person_keys
            Shape (n,), int64, not negative; at most 82,595,524 at once.

        Returns
        -------
        pyarrow.Array
            n strings of 26 characters, in the same order.
        """
        count = len(person_keys)
        if count > _MOST or (count and person_keys.min() < 0):
            raise ValueError(f"person keys are not negative, and at most {_MOST}")
        pairs = np.empty((count, LENGTH // 2), np.uint16)
        encryptor = self._cipher.encryptor()
        for start in range(0, count, _CHUNK):
            chunk = slice(start, start + _CHUNK)
            _write(_encrypted(encryptor, person_keys[chunk]), pairs[chunk])
        offsets = np.arange(count + 1, dtype=np.int32) * LENGTH
        return pa.StringArray.from_buffers(
            count, pa.py_buffer(offsets), pa.py_buffer(pairs)
        )

    def numbers(self, person_keys: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """Return the numbers that pseudonyms write down, which have the same order.

        Returns
        -------
        ndarray
            Shape (n, 4): 32 bits each, the highest first.
        """
        halves = _encrypted(self._cipher.encryptor(), person_keys)
        return halves.astype(">u8").view(">u4").astype(np.uint64)

    def day_shifts(self, person_keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return by how many days each person's dates move in this project.

        Always the same for a person, so that intervals stay exact; another number in
        another project.
        """
        encryptor = self._shift_cipher.encryptor()
        blocks = _encrypted(encryptor, person_keys)
        days = (blocks[:, 0] % np.uint64(2 * MOST_DAYS)).astype(np.int32) - MOST_DAYS
        days[days >= 0] += 1
        return days

    def of_other_key(self, kind: str, text: str) -> str:
        """Return what stands for a key that is no person's, such as a sample number.

        The same text of the same kind gives the same 26 letters in this project, and
        others in another. Nobody turns it back: whoever has the key compares.
        """
        made = hmac.digest(self._other_key, f"{kind}\0{text}".encode(), "sha256")
        number = int.from_bytes(made[:_BLOCK], "big")
        return "".join(ALPHABET[number >> 5 * n & 31] for n in reversed(range(LENGTH)))

    def reveal(self, pseudonym: str) -> int:
        """Turn a pseudonym back into its person key.

        Small letters, hyphens, and O, I and L for 0 and 1 are understood.

        Raises
        ------
        InputError
            If it is no pseudonym of this project.
        """
        plain = self._cipher.decryptor().update(_block(pseudonym))
        if not plain.startswith(PREFIX):
            raise InputError(
                "That is not a pseudonym of this project: it was mistyped, or it"
                " belongs to another project. Compare it letter by letter."
            )
        return int.from_bytes(plain[len(PREFIX) :], "big")


def destroy_key(
    settings: Settings, project: int, *, actor: str, reason: str, clock: Clock = now
) -> dict[str, Any]:
    """End a project's pseudonyms for good; return the signed record.

    Afterwards nobody, this installation included, can tell which person a pseudonym
    stood for, make new ones, or re-create a delivery.
    """
    return ProjectKeys(settings).destroy(
        project, actor=actor, reason=reason, clock=clock
    )


def _cipher(key: bytes, purpose: bytes) -> Cipher[ECB]:
    derived = HKDFExpand(SHA256(), 32, purpose).derive(key)
    return Cipher(AES256(derived), ECB())  # noqa: S305 - see the module


def _block(pseudonym: str) -> bytes:
    """Read the 16 bytes that 26 letters stand for; nothing if they cannot be read."""
    letters = pseudonym.strip().replace("-", "").upper()
    if len(letters) != LENGTH or not _VALUE_OF.keys() >= set(letters):
        return b""
    number = 0
    for letter in letters:
        number = number << 5 | _VALUE_OF[letter]
    return number.to_bytes(_BLOCK, "big") if number < 2**128 else b""


def _encrypted(
    encryptor: CipherContext, person_keys: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """Encrypt each key; shape (n, 2): the upper and lower half of each block."""
    blocks = np.empty((len(person_keys), 2), ">u8")
    blocks[:, 0] = int.from_bytes(PREFIX, "big")
    blocks[:, 1] = person_keys
    # OpenSSL's interface asks for room for one block more.
    encrypted = np.empty(blocks.nbytes + _BLOCK, np.uint8)
    encryptor.update_into(blocks.view(np.uint8).reshape(-1).data, encrypted.data)
    return encrypted[:-_BLOCK].view(">u8").reshape(-1, 2).astype(np.uint64)


def _write(halves: npt.NDArray[np.uint64], pairs: npt.NDArray[np.uint16]) -> None:
    """Write 128-bit numbers as 13 pairs of letters each, the last pair first."""
    upper, lower = np.ascontiguousarray(halves.T).view(np.int64)
    for place in range(LENGTH // 2):
        shift = 10 * place
        if shift < 60:
            ten_bits = lower >> shift
        elif shift == 60:
            ten_bits = (lower >> 60 & 0xF) | upper << 4
        else:
            ten_bits = upper >> (shift - 64)
        # The shift fills up with the sign; the mask takes it away again, but for the
        # topmost pair, which is eight bits wide.
        mask = 0xFF if place == LENGTH // 2 - 1 else 0x3FF
        pairs[:, LENGTH // 2 - 1 - place] = _PAIRS.take(ten_bits & mask, mode="wrap")
