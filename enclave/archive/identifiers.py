"""The name of an archived analysis: ``PAC<year><Author>_<slug>``.

PERSIMUNE names its published analyses so, for instance ``PAC2022Murray__TET2_HIV``.
"""

import re
import unicodedata
from collections.abc import Callable
from itertools import count


_LONGEST_SLUG = 40
_DANISH = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa"}
)


def new_id(
    year: int, author: str, title: str, *, is_taken: Callable[[str], bool]
) -> str:
    """Return the first free id for an analysis.

    Parameters
    ----------
    year
        When it is archived.
    author
        The person's name as it is shown; its last word counts.
    title
        The analysis's title; its first words become the slug.
    is_taken
        Tells whether an id is in use.
    """
    name = f"PAC{year}{_author(author)}_{_slug(title)}"
    if not is_taken(name):
        return name
    numbered = (f"{name}_{number}" for number in count(2))
    return next(each for each in numbered if not is_taken(each))


def _author(name: str) -> str:
    words = re.findall(r"[A-Za-z]+", _ascii(name))
    return words[-1].capitalize() if words else "Anonymous"


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", _ascii(title).lower())
    slug = ""
    for word in words:
        longer = f"{slug}_{word}" if slug else word[:_LONGEST_SLUG]
        if len(longer) > _LONGEST_SLUG:
            break
        slug = longer
    return slug or "analysis"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_DANISH))
    return plain.encode("ascii", "ignore").decode()
