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
from typing import NamedTuple

from enclave.identity import cpr


_DEPTH = 3
_MOST = 1 << 20
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){9,}")
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
# Ten digits with small signs between them, in the ways that people write a number: one
# by one, in pairs, as a date and four digits, or with a dash in blanks. Rows of figures
# have other groups, other signs between them, or go on, as R's do with three dots.
_SIGN = "[ ._/|-]"
_FIRST, _LAST = rf"(?<!\d)(?<!\d{_SIGN})(?<!\.\.)(?<!\.\. )", rf"(?!{_SIGN}?\d| ?\.\.)"
_BY_SIGNS = re.compile(
    rf"{_FIRST}(?:\d(?P<one>{_SIGN}{{1,3}})(?:\d(?P=one)){{8}}\d"
    rf"|\d\d(?P<day>{_SIGN}{{1,3}})\d\d(?P=day)\d\d{_SIGN}{{1,3}}\d{{4}}"
    rf"|\d{{6}} ?[_/|-] ?\d{{4}}){_LAST}"
)
_IN_PAIRS = re.compile(
    rf"{_FIRST}\d\d(?P<sign>{_SIGN}{{1,3}})(?:\d\d(?P=sign)){{3}}\d\d{_LAST}"
)
# Backwards, the decimals of 0.1899072010 stand before their point.
_DECIMALS = re.compile(r"\.\d")


class View(NamedTuple):
    """A text that a text may stand for.

    Attributes
    ----------
    decoded
        True if something was taken out of an encoding on the way.
    turned
        True if it is written backwards.
    """

    text: str
    decoded: bool = False
    turned: bool = False


def views(text: str) -> Iterator[View]:
    """Return every text that a text may stand for, itself in plain letters first."""
    seen: set[str] = set()
    layer = [View(text)]
    for _ in range(_DEPTH + 1):
        layer = [one._replace(text=_plain(one.text)) for one in layer]
        layer = [one for one in layer if one.text not in seen]
        seen.update(one.text for one in layer)
        yield from layer
        layer = [inner for one in layer for inner in _unwrapped(one)]


def holds_cpr(text: str) -> tuple[bool, bool]:
    """Return whether a text holds a CPR number, however disguised, and for sure."""
    found = sure = False
    for view in views(text):
        for certain in _numbers_in(view):
            found = True
            # Nobody wraps up ten digits that are not what they look like.
            sure = sure or certain or view.decoded
    return found, sure


def _numbers_in(view: View) -> Iterator[bool]:
    """Yield for each CPR number whether it surely is one."""
    for finding in cpr.find(view.text):
        if not (view.turned and _DECIMALS.match(view.text, finding.end)):
            yield finding.certain
    for pattern, surely in ((_BY_SIGNS, not view.turned), (_IN_PAIRS, False)):
        for match in pattern.finditer(view.text):
            digits = re.sub(r"\D", "", match.group())
            if _is_number(digits):
                yield surely or cpr.passes_mod11(digits)


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


def _unwrapped(view: View) -> Iterator[View]:
    text = view.text
    if not 9 <= len(text) <= _MOST:
        return
    yield view._replace(text=text[::-1], turned=not view.turned)
    for undo in (urllib.parse.unquote, html.unescape, _json_unescape):
        if (inner := undo(text)) != text:
            yield View(inner, decoded=True, turned=view.turned)
    for pattern, decode in ((_HEX, bytes.fromhex), (_BASE64, _from_base64)):
        for match in pattern.finditer(text):
            for inner in _readable(match.group(), decode):
                yield View(inner, decoded=True)


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
