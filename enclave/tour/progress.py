"""What a tour has done so far, kept so that a killed tour goes on where it was."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from enclave import durable
from enclave.canonical import digest
from enclave.errors import InputError


@dataclass(frozen=True)
class DoneStep:
    """One step that ended well.

    Attributes
    ----------
    facts
        What later steps and the report need: numbers, names, paths.
    seconds
        Wall time.
    peak_mib
        Largest resident memory of this process and its children so far, in MiB.
    """

    name: str
    facts: dict[str, Any]
    seconds: float
    peak_mib: float


@dataclass
class Progress:
    """The record of a tour, in ``tour.json`` of its folder."""

    path: Path
    source: str
    mapping: str
    steps: list[DoneStep] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path, *, source: str, mapping: str) -> "Progress":
        """Read the record of a tour begun earlier, or begin one.

        Raises
        ------
        InputError
            If the folder holds a tour of something else, or is no tour's folder.
        """
        path = folder / "tour.json"
        if not path.exists():
            if folder.exists() and any(folder.iterdir()):
                raise InputError(
                    f"{folder} is not empty and holds no tour."
                    " Give an empty or new folder with --out."
                )
            progress = cls(path, source, mapping)
            progress._write()
            return progress
        record = json.loads(path.read_text())
        if (record["source_digest"], record["mapping"]) != (digest(source), mapping):
            raise InputError(
                f"{folder} holds a tour of {record['source']} with the mapping"
                f" {record['mapping']}. Give another folder with --out."
            )
        steps = [DoneStep(**step) for step in record["steps"]]
        return cls(path, source, mapping, steps)

    def facts(self, name: str) -> dict[str, Any] | None:
        """Return what a step found, or None if it has not ended yet."""
        return next((step.facts for step in self.steps if step.name == name), None)

    def add(self, step: DoneStep) -> None:
        """Record a step that ended well."""
        self.steps.append(step)
        self._write()

    def _write(self) -> None:
        record = {
            "source": without_password(self.source),
            "source_digest": digest(self.source),
            "mapping": self.mapping,
            "steps": [asdict(step) for step in self.steps],
        }
        durable.write_file(self.path, json.dumps(record, indent=1).encode(), mode=0o600)


def without_password(source: str) -> str:
    """Return a source as it may be shown: a URL without its credentials."""
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
