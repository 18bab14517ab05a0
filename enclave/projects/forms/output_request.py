"""The output request: results that a project wants out of its workspace."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from enclave.projects.fields import Justification, Line, Part, Slug, label


# A path below the outbox: no step upwards, no hidden file, no odd sign.
OutputName = Annotated[
    str, Field(pattern=r"^[\w\- ]+(\.[\w\-]+)*(/[\w\- ]+(\.[\w\-]+)*)*$")
]


class OutputFile(Part):
    """One file of the outbox, and what it shows."""

    name: Annotated[OutputName, label("File", "Fil", max_length=200)]
    kind: Annotated[
        Literal["table", "figure", "model", "text", "code"], label("Kind", "Type")
    ]
    description: Annotated[Justification, label("What it shows", "Hvad den viser")]
    persons_minimum: Annotated[
        int | None,
        label("Fewest persons behind a number", "Færrest personer bag et tal", ge=0),
    ] = None


class OutputRequestForm(Part):
    """Which files shall leave, and what they are for."""

    project: Annotated[Slug, label("Project", "Projekt")]
    purpose: Annotated[
        Literal["publication", "supervisor", "authority", "code"],
        label("What it is for", "Hvad det skal bruges til"),
    ]
    files: Annotated[
        tuple[OutputFile, ...], label("Files", "Filer", min_length=1, max_length=100)
    ]
    software: Annotated[Line, label("Made with", "Lavet med")]
    no_single_persons: Annotated[
        Literal[True],
        label(
            "Nothing in it is about a single person",
            "Intet i det handler om en enkelt person",
        ),
    ]

    @field_validator("files")
    @classmethod
    def _each_once(cls, files: tuple[OutputFile, ...]) -> tuple[OutputFile, ...]:
        names = [one.name for one in files]
        if len(set(names)) != len(names):
            raise ValueError("names a file twice: keep it once")
        return files
