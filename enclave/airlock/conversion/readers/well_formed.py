"""Pieces of a CSV in which every quote stands where it must, made plain as a whole.

Such a piece falls apart at its quotes: every second part is the text of a cell, and
what is between begins and ends with a comma or the end of a line. So commas and
lines are counted, and quotes put around bare cells, in what is between the texts, by a
few passes over bytes. What does not fall apart so is left to a slower reader.
"""

_QUOTE, _COMMA, _LINE, _TEXT = b'"', b",", b"\n", b"\0"
_DOUBLED = b"\1"
_NEITHER = bytes(set(range(256)) - {*_COMMA, *_LINE})


def whole_rows(piece: bytes) -> int:
    """Return where the last row ends that is whole if quotes stand where they must."""
    end = len(piece)
    odd = piece.count(_QUOTE) % 2
    while (line := piece.rfind(_LINE, 0, end)) >= 0:
        odd ^= piece.count(_QUOTE, line, end) % 2
        if not odd:
            return line + 1
        end = line
    return len(piece)


def made_plain(rows: bytes, wide: int) -> tuple[bytes, int] | None:
    """Make rows plain if they are well-formed; return how many they are, too.

    Nothing is returned where they are not, or where it takes another to tell.
    """
    if not rows.endswith(_LINE) or _TEXT in rows or _DOUBLED in rows:
        return None
    # An odd one of the quotes in a row begins or ends a text; each pair is a quote
    # within one, or an empty cell. Where a text begins with a pair, this finds the
    # pair before the beginning, which ``_fits`` refuses.
    parts = rows.replace(b'""', _DOUBLED).split(_QUOTE)
    between = _TEXT.join(parts[::2]).replace(b"\r\n", _LINE)
    number = between.count(_LINE)
    cells = (_COMMA * (wide - 1) + _LINE) * number
    if len(parts) % 2 == 0 or between.translate(None, _NEITHER) != cells:
        return None
    if not (_fits(between) and _is_utf8(rows)):
        return None
    bare = between.replace(_DOUBLED, b"")
    quoted = bare.replace(_COMMA, b'","').replace(_LINE, b'"\n"')
    parts[::2] = quoted.split(_TEXT)
    plain = (_QUOTE + b"".join(parts))[:-1].replace(b'""', b"")
    return plain.replace(_DOUBLED, b'""'), number


def _fits(between: bytes) -> bool:
    """Return whether texts and pairs of quotes are cells, and lines end in one way."""
    edged = _LINE + between
    for cell in (_TEXT, _DOUBLED):
        if not (number := between.count(cell)):
            continue
        before = edged.count(_COMMA + cell) + edged.count(_LINE + cell)
        after = between.count(cell + _COMMA) + between.count(cell + _LINE)
        if not before == after == number:
            return False
    return b"\r" not in between


def _is_utf8(rows: bytes) -> bool:
    try:
        rows.decode()
    except UnicodeDecodeError:
        return False
    return True
