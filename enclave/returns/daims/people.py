"""Checks that a codebook passes by being one, and those that only people can make."""

from collections.abc import Iterator

from enclave.returns.codebook import Codebook
from enclave.returns.daims.finding import Problem
from enclave.returns.dataset import Dataset


def codebook_present(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check that the codebook describes every column: no dataset is read otherwise."""
    described = {column.name for column in codebook.columns}
    unknown = sorted(set(data.cells.columns) - described)
    if unknown:
        yield Problem("not_described", tuple(unknown))


def international_terms(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Ask a person whether terms and codes are those of the field."""
    del data
    own = [
        column.name
        for column in codebook.of_kind("category")
        if column.code_system is None
    ]
    if own:
        yield Problem("own_terms", tuple(own), certain=False)
