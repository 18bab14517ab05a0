"""What a tour asks for: one plan for each kind of source."""

from importlib import resources
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from enclave.cohort.question import Question
from enclave.errors import InputError
from enclave.projects.forms import Window


class TourPlan(BaseModel):
    """A study that can be walked through on one kind of source.

    Attributes
    ----------
    mapping
        The mapping whose sources the plan fits.
    search
        What is looked up in the catalogue.
    justifications
        The variables asked for, ``table.variable``, each with why it is needed.
    window
        The days of the data asked for.
    notebook
        File name of the analysis, below ``notebooks/templates``.
    proposal
        The sections of the proposal that are the study's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mapping: str
    title: str
    search: str
    question: Question
    justifications: dict[str, str]
    window: Window
    notebook: str
    proposal: dict[str, str]

    @classmethod
    def for_mapping(cls, mapping: str) -> "TourPlan":
        """Read the plan for a mapping.

        Raises
        ------
        InputError
            If no tour is written for the mapping.
        """
        plans = {
            Path(entry.name).stem: entry
            for entry in (resources.files(__package__) / "plans").iterdir()
        }
        if mapping not in plans:
            raise InputError(
                f"There is no tour for the mapping '{mapping}'."
                f" There is one for: {', '.join(sorted(plans))}."
            )
        return cls.model_validate(yaml.safe_load(plans[mapping].read_text()))
