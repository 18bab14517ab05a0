"""Walk over criteria and what stands inside them."""

from collections.abc import Iterator, Sequence

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    During,
    Not,
    SameContact,
    Within,
)
from enclave.cohort.criteria import Sequence as Steps


def walk(path: str, criterion: Criterion) -> Iterator[tuple[str, Criterion]]:
    """Yield a criterion and all inside it, outer ones first, each with its path."""
    yield path, criterion
    for name, part in _parts(criterion):
        yield from walk(f"{path}.{name}", part)


def depth(criteria: Sequence[Criterion]) -> int:
    """Return how many levels of criteria stand inside each other at most."""
    return max(
        (1 + depth([part for _, part in _parts(criterion)]) for criterion in criteria),
        default=0,
    )


def _parts(criterion: Criterion) -> list[tuple[str, Criterion]]:
    match criterion:
        case AllOf(criteria=parts) | AnyOf(criteria=parts) | AtLeastOf(criteria=parts):
            return [(f"criteria[{number}]", part) for number, part in enumerate(parts)]
        case Not(criterion=part) | Within(criterion=part):
            return [("criterion", part)]
        case Around() | During() | SameContact():
            return [("criterion", criterion.criterion), ("anchor", criterion.anchor)]
        case Steps(steps=steps):
            return [(f"steps[{number}]", step) for number, step in enumerate(steps)]
        case _:
            return []
