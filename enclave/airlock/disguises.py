"""See through the disguises of a text: other digits, encodings, turned round.

A CPR number stays one in full-width digits, with invisible letters between, as base64,
hexadecimal, compressed, in a URL or backwards. Each view of a text is looked at, and
each view of that, three deep.
"""

import base64
import binascii
import html
import re
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable, Iterator

from enclave.identity import cpr


_DEPTH = 3
_MOST = 1 << 20
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){9,}")
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
# Ten digits with whatever small signs between them.
_SPACED = re.compile(r"(?<!\d)(?:\d[ ._/|-]{0,3}){9}\d(?!\d)")


def views(text: str) -> Iterator[str]:
    """Return every text that a text may stand for, itself in plain letters first."""
    seen: set[str] = set()
    layer = [text]
    for _ in range(_DEPTH + 1):
        layer = [plain for one in layer if (plain := _plain(one)) not in seen]
        seen.update(layer)
        yield from layer
        layer = [inner for one in layer for inner in _unwrapped(one)]


def holds_cpr(text: str) -> tuple[bool, bool]:
    """Return whether a text holds a CPR number, however disguised, and for sure."""
    found = sure = False
    for number, view in enumerate(views(text)):
        for finding in cpr.find(view):
            found = True
            # Nobody wraps up ten digits that are not what they look like.
            sure = sure or finding.certain or number > 0
        for match in _SPACED.finditer(view):
            digits = re.sub(r"\D", "", match.group())
            if len(match.group()) > 11 and _is_number(digits):
                found = sure = True
    return found, sure


def nine_digits(text: str) -> bool:
    """Return whether a text is a CPR number that lost its leading zero."""
    plain = _plain(text).strip().removesuffix(".0")
    return len(plain) == 9 and plain.isascii() and _is_number(f"0{plain}")


def _is_number(digits: str) -> bool:
    return digits.isdigit() and cpr.classify(digits) is not cpr.CprClass.INVALID


def _plain(text: str) -> str:
    """Write letters and digits of any script as plain ones, without what is unseen."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(letter, letter))
        for letter in normal
        if unicodedata.category(letter) != "Cf"
    )


def _unwrapped(text: str) -> Iterator[str]:
    if not 9 <= len(text) <= _MOST:
        return
    yield text[::-1]
    for undo in (urllib.parse.unquote, html.unescape, _json_unescape):
        if (inner := undo(text)) != text:
            yield inner
    for pattern, decode in ((_HEX, bytes.fromhex), (_BASE64, _from_base64)):
        for match in pattern.finditer(text):
            yield from _readable(match.group(), decode)


def _readable(text: str, decode: Callable[[str], bytes]) -> Iterator[str]:
    try:
        content = decode(text)
    except (ValueError, binascii.Error):
        return
    for candidate in (content, *_decompressed(content)):
        try:
            yield candidate.decode()
        except UnicodeDecodeError:
            continue


def _decompressed(content: bytes) -> Iterator[bytes]:
    # A bomb stops at the limit; what lies beyond is not looked at, and not stored.
    if content[:2] == b"\x1f\x8b" or content[:1] == b"\x78":
        window = zlib.MAX_WBITS | 32
        try:
            yield zlib.decompressobj(window).decompress(content, _MOST)
        except zlib.error:
            return


def _from_base64(text: str) -> bytes:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)


def _json_unescape(text: str) -> str:
    return _JSON_ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
