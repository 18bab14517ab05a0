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
_SIGN = "[ ._/|-]"
_FEW, _SOME = f"{_SIGN}{{0,3}}", f"{_SIGN}{{1,3}}"
_DATE = r"\d\d(?P<day>[./-])\d\d(?P=day)\d\d"
# Rows of figures go on where a number ends, as R's do with three dots.
_ALONE = (
    rf"(?<!\d)(?<!\d{_SIGN})(?<!\.\.)(?<!\.\. )",
    rf"(?!{_SIGN}?\d| ?\.\.)",
)
# What is figures where a number might be: ten digits, an amount beside a count, and
# decimals between their point and a blank; each of them backwards, too.
_NO_FIGURES = (
    r"(?<!\d)(?!\d{10}|\d{4}(?:\.\d\d | +\d\d\.))(?!(?<=\d\.)\d{2,6} )",
    r"(?!\d|(?:(?<= \d\d)|(?<= \d{4}))\.\d)",
)


def _written(
    number: str, beside: tuple[str, str] = (r"(?<!\d)", r"(?!\d)")
) -> re.Pattern[str]:
    """Return what finds a number so written wherever it begins, inside another too."""
    before, after = beside
    return re.compile(f"{before}(?=(?P<number>{number}){after})")


def _in_parts(size: int) -> re.Pattern[str]:
    """Return what finds a number in parts of so many digits, all with one sign.

    Another may stand behind the date.
    """
    part = rf"\d{{{size}}}"
    number = (
        rf"{part}(?P<sign>{_SOME})(?:{part}(?P=sign)){{{6 // size - 2}}}{part}{_SOME}"
        rf"(?:{part}(?P=sign)){{{4 // size - 1}}}{part}(?!(?P=sign)\d)"
    )
    return _written(number, _ALONE)


# Ten digits with small signs between them, in the ways that people write a number, and
# whether nothing else is written so.
_WAYS = (
    (_written(rf"{_DATE}{_SOME}\d{{4}}|\d{{6}} ?[_/-] ?\d{{4}}"), True),
    (_written(rf"\d\d(?P<day>{_SOME})\d\d(?P=day)\d\d{_SOME}\d{{4}}", _ALONE), True),
    (_written(r"\d{6} ?\| ?\d{4}", _ALONE), True),
    (_in_parts(1), True),
    (_in_parts(2), False),
    (
        _written(
            rf"\d\d{_FEW}\d\d{_FEW}\d\d{_FEW}\d{{4}}"
            rf"|(?:\d{{6}}|{_DATE}){_FEW}\d\d{_SOME}\d\d",
            _NO_FIGURES,
        ),
        False,
    ),
)
# Backwards, the decimals of 0.1899072010 stand before their point.
_DECIMALS = re.compile(r"\.0(?!\d)")


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
    for way, surely in _WAYS:
        for match in way.finditer(view.text):
            digits = re.sub(r"\D", "", match["number"])
            if _is_number(digits):
                yield (surely and not view.turned) or cpr.passes_mod11(digits)


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
