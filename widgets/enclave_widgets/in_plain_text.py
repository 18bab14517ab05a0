"""HTML of this package as plain text: whoever cannot see it reads the same."""

import re
from html import unescape


_UNSEEN = re.compile(r"<(style|svg)\b.*?</\1>", re.DOTALL)
_LINE = re.compile(r"</(p|tr|li|caption|summary|h3|pre)>")
_CELL = re.compile(r"</t[hd]>")
_TAG = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"[ \n]+")
_GAP = "\t"


def in_plain_text(html: str) -> str:
    """Return a line for each paragraph, item, and row of a table."""
    text = _BLANKS.sub(" ", _UNSEEN.sub("", html))
    text = _LINE.sub("\n", _CELL.sub(_GAP, text))
    text = unescape(_TAG.sub(" ", text))
    lines = [_joined(line) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def _joined(line: str) -> str:
    cells = [" ".join(cell.split()) for cell in line.split(_GAP)]
    return "   ".join(cell for cell in cells if cell)
