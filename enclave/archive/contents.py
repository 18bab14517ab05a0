"""The files of an archived analysis."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.archive import crate, layout
from enclave.archive.extraction import extract
from enclave.archive.manifest import Manifest, Subject, files_of, seal
from enclave.archive.notebook import parse
from enclave.archive.publishable import publishable, suspicions
from enclave.archive.randomness import Randomness, randomness
from enclave.archive.readme import readme
from enclave.archive.sandbox_run import RunTimes
from enclave.archive.submission import Inputs, Submission
from enclave.canonical import canonical_json
from enclave.delivery.manifest import MANIFEST as DELIVERY_MANIFEST
from enclave.signature import Signer


@dataclass(frozen=True)
class Contents:
    """All that goes into the folder of one archived analysis."""

    subject: Subject
    submission: Submission
    inputs: Inputs
    times: RunTimes
    executed: bytes

    def write(self, folder: Path, signer: Signer) -> Manifest:
        """Fill an empty folder and seal it."""
        documents = self._notebooks() | self._records()
        for name, content in documents.items():
            durable.write_file(folder / name, content)
        for name, source in self._copies().items():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source, folder / name)
        self._describe(folder)
        return seal(folder, self.subject, signer)

    def _notebooks(self) -> dict[str, bytes]:
        copies = {
            layout.SOURCE: self.submission.source,
            layout.EXECUTED: self.executed,
        }
        if not suspicions(self.submission.notebook):
            kernel = self.inputs.kernel
            language = str(kernel.specification["language"])
            copy = publishable(
                self.submission.notebook, kernel=kernel.name, language=language
            )
            copies[layout.PUBLISHABLE] = _json(copy)
        return copies

    def _records(self) -> dict[str, bytes]:
        executed = parse(self.executed, name=layout.EXECUTED)
        return {
            layout.PARAMETERS: canonical_json(dict(self.submission.parameters)),
            layout.OUTPUTS: _json(extract(executed)),
            layout.RUN_LOG: self.times.model_dump_json(indent=1).encode(),
            layout.RANDOMNESS: self._randomness().model_dump_json(indent=1).encode(),
        }

    def _randomness(self) -> Randomness:
        language = str(self.inputs.kernel.specification["language"])
        return randomness(self.submission.notebook, language)

    def _copies(self) -> dict[str, Path]:
        kernel = self.inputs.kernel
        return {
            layout.KERNELSPEC: kernel.folder / "kernel.json",
            layout.LOCK: kernel.lock,
            layout.DELIVERY: self.inputs.data / DELIVERY_MANIFEST,
        }

    def _describe(self, folder: Path) -> None:
        suspected = suspicions(self.submission.notebook)
        page = readme(self.subject, files_of(folder), suspected)
        durable.write_file(folder / layout.README, page.encode())
        run = crate.Run(
            author=self.inputs.author.display_name,
            institution=self.inputs.author.institution,
            python=self.inputs.kernel.python,
            started=self.times.started,
            ended=self.times.ended,
            parameters=self.submission.parameters,
        )
        document = crate.metadata(self.subject, run, files_of(folder))
        durable.write_file(folder / layout.CRATE, _json(document))


def _json(document: Any) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
