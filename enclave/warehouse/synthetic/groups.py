"""The patient groups, and what each does to a person's immune system.

The sizes of the effects are chosen, not estimated: they are of the order that the
literature on secondary immunodeficiency reports, and large enough to be found again in
a few thousand patients.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """A patient group.

    Attributes
    ----------
    cohort
        Name in the cohort register; None for ordinary patients.
    share
        Share of all persons.
    diagnosis
        SKS code given when the person enters the group.
    medicines
        ATC codes of its treatment.
    neutrophils, igg, cd4
        Change of the natural logarithm of the level on entering the group.
    youngest
        Age in years from which somebody can enter it.
    """

    cohort: str | None
    share: float
    diagnosis: str | None
    medicines: tuple[str, ...]
    neutrophils: float
    igg: float
    cd4: float
    youngest: int


GROUPS = (
    Group(None, 0.905, None, (), 0.0, 0.0, 0.0, 0),
    Group(
        "MATCH-SOT",
        0.035,
        "DZ940",
        ("L04AD02", "L04AA06", "H02AB06"),
        -0.10,
        -0.35,
        -0.45,
        5,
    ),
    Group(
        "MATCH-HSCT",
        0.015,
        "DZ948",
        ("L04AD01", "J05AB11", "J02AC04"),
        -0.45,
        -0.50,
        -0.95,
        2,
    ),
    Group("DHK", 0.025, "DB249", ("J05AR03", "J05AJ03"), -0.05, 0.10, -0.85, 18),
    Group("CLL", 0.020, "DC911", ("L01FA01", "L01EL01"), -0.30, -0.70, -0.10, 45),
)
