"""What comes out of the gate: counts and cells that may be seen."""

from dataclasses import dataclass

from enclave.disclosure.layout import Layout
from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import in_words, presented, threshold


@dataclass(frozen=True)
class ProtectedCount:
    """A count that may be seen.

    Attributes
    ----------
    value
        Persons, with noise and rounded; ``None`` if it is hidden.
    shown
        The same in English words: ``1,240`` or ``fewer than 20``.
    answered_before
        Whether this person had asked before, so that it was free.
    budget_left
        New questions that this person may still ask now.
    question_digest
        SHA-256 of the question as it was asked.
    ledger_id
        Identity of the question in the ledger, equal for equal questions.
    snapshot
        Number of the snapshot that was counted on.
    """

    value: int | None
    shown: str
    answered_before: bool
    budget_left: int
    question_digest: str
    ledger_id: str
    snapshot: int


@dataclass(frozen=True)
class ProtectedCell:
    """A cell that may be seen.

    Attributes
    ----------
    name
        Its name in the layout.
    value, shown
        As of :class:`ProtectedCount`.
    hidden_en, hidden_da
        Why it is hidden and what would show it, in English and Danish; ``None`` if it
        is shown.
    """

    name: str
    value: int | None
    shown: str
    hidden_en: str | None
    hidden_da: str | None


@dataclass(frozen=True)
class ProtectedCells:
    """All cells of a layout.

    Attributes
    ----------
    total
        The sum of the noisy cells, so that it tells nothing that they do not. Its
        noise is larger than that of a count asked for by itself.
    sigma
        Standard deviation of the noise of one cell (persons).
    """

    total: ProtectedCount
    cells: tuple[ProtectedCell, ...]
    sigma: float


def protected_cell(
    name: str, noisy: int, layout: Layout, policy: Policy
) -> ProtectedCell:
    """Say what may be seen of a noisy cell."""
    widening = layout.widening
    value = presented(noisy, policy, widening=widening)
    limit = threshold(policy, widening=widening)
    hidden = value is None
    return ProtectedCell(
        name=name,
        value=value,
        shown=in_words(value, policy, widening=widening),
        hidden_en=_WHY_EN.format(limit=limit) if hidden else None,
        hidden_da=_WHY_DA.format(limit=limit) if hidden else None,
    )


_WHY_EN = (
    "Below {limit} with its noise, which may mean nobody. A wider question (a longer"
    " period, a wider age range, more codes) or a count of the whole may be shown."
)
_WHY_DA = (
    "Under {limit} med støj, hvilket kan betyde ingen. Et bredere spørgsmål (længere"
    " periode, bredere alder, flere koder) eller et antal for det hele kan måske vises."
)
