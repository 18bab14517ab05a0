"""Who is asking."""

import re
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


# What a page of ours sends while it stays open. Each of these addresses answers only to
# the proof that the page carries (see enclave.portal.page_forms).
SENT_FROM_A_PAGE = re.compile(
    r"applications/[0-9]+/(draft|count)|own-data/[0-9]+/(received|pieces|complete)"
    r"|reruns/[A-Za-z0-9_-]+/[0-9]+/standing|projects/[a-z0-9-]+/return/underway"
)

Authenticate = Callable[[Request], Visitor | None]
