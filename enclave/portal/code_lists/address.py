"""What an address names: a list by its owner and name, two of its versions."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel


Name = Annotated[str, Path(max_length=100)]


class _TwoVersions(BaseModel):
    before: int
    after: int


TwoVersions = Annotated[_TwoVersions, Query()]
