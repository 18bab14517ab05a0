"""How much of a variable a cohort has, as far as that may be seen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProtectedExtent:
    """How much of a variable a cohort has, as far as that may be seen.

    Attributes
    ----------
    name
        Full name of the variable.
    median_from, median_to
        Between how many values half of those with any value have, so that it is true in
        95 of 100 cases; ``median_to`` is ``None`` for "or more", and both where hidden.
    first_year, last_year
        From and until when patients have values beyond what noise explains: a few may
        have earlier and later ones. ``None`` where hidden, and where values have no
        date.
    or_earlier
        Whether ``first_year`` stands for all years until then.
    hidden_en, hidden_da
        Why something is hidden and what would show it; ``None`` if nothing is.
    """

    name: str
    median_from: int | None
    median_to: int | None
    first_year: int | None
    or_earlier: bool
    last_year: int | None
    hidden_en: str | None
    hidden_da: str | None
