"""Who is asking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Request


@dataclass(frozen=True)
class Visitor:
    """An account name, and who vouches for it.

    Attributes
    ----------
    source
        ``hub`` for a person who signed in; ``visit`` for a kernel with a visit token,
        which reaches only counts and the catalogue.
    """

    account: str
    source: Literal["hub", "visit"] = "hub"


Authenticate = Callable[[Request], Visitor | None]
