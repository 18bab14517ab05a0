"""The files of an archived analysis."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.archive import crate, layout
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.manifest import Manifest, Subject, files_of, seal
from enclave.archive.publishable_copies import copies, suspicions_in
from enclave.archive.randomness import randomness_of
from enclave.archive.readme import readme
from enclave.archive.run_times import RunTimes
from enclave.archive.submission import Inputs, Submission
from enclave.canonical import canonical_json
from enclave.delivery.manifest import MANIFEST as DELIVERY_MANIFEST
from enclave.signature import Signer


@dataclass(frozen=True)
class Contents:
    """All that goes into the folder of one archived analysis.

    ``shown`` is what its outputs were taken apart into.
    """

    subject: Subject
    submission: Submission
    inputs: Inputs
    times: RunTimes
    results: Path
    shown: Sequence[Mapping[str, Any]]

    @property
    def _analysis(self) -> Analysis:
        return self.submission.analysis

    def write(self, folder: Path, signer: Signer) -> Manifest:
        """Fill an empty folder and seal it."""
        shutil.copytree(self.results, folder, dirs_exist_ok=True)
        documents = self._analysis.sources() | self._published() | self._records()
        for name, content in documents.items():
            durable.write_file(folder / name, content)
        for name, source in self._copies().items():
            (folder / name).parent.mkdir(exist_ok=True, parents=True)
            shutil.copyfile(source, folder / name)
        self._describe(folder)
        return seal(folder, self.subject, signer)

    def _published(self) -> dict[str, bytes]:
        return {} if suspicions_in(self._analysis) else copies(self._analysis)

    def _records(self) -> dict[str, bytes]:
        runs = [dict(run) for run in self._analysis.plan.runs]
        return {
            layout.PARAMETERS: canonical_json(runs if len(runs) > 1 else runs[0]),
            layout.OUTPUTS: _json(self.shown),
            layout.RUN_LOG: self.times.model_dump_json(indent=1).encode(),
            layout.RANDOMNESS: randomness_of(self._analysis)
            .model_dump_json(indent=1)
            .encode(),
        }

    def _copies(self) -> dict[str, Path]:
        first, *more = self.inputs.kernels
        return {
            layout.KERNELSPEC: first.folder / "kernel.json",
            layout.LOCK: first.lock,
            layout.DELIVERY: self.inputs.data / DELIVERY_MANIFEST,
            **{f"kernel/{one.name}/{one.lock.name}": one.lock for one in more},
            **{
                f"kernel/{one.name}/kernel.json": one.folder / "kernel.json"
                for one in more
            },
        }

    def _describe(self, folder: Path) -> None:
        page = readme(self.subject, files_of(folder), suspicions_in(self._analysis))
        durable.write_file(folder / layout.README, page.encode())
        kernel = self.inputs.kernel
        run = crate.Run(
            author=self.inputs.author.display_name,
            institution=self.inputs.author.institution,
            language=str(kernel.specification["language"]),
            version=self.times.record.software.python or kernel.python,
            started=self.times.started,
            ended=self.times.ended,
            parameters=self._parameters(),
        )
        document = crate.metadata(self.subject, run, files_of(folder))
        durable.write_file(folder / layout.CRATE, _json(document))

    def _parameters(self) -> dict[str, Any]:
        """Return each parameter; of a sweep all values that it took."""
        runs = self._analysis.plan.runs
        if len(runs) == 1:
            return dict(runs[0])
        return {name: [run[name] for run in runs] for name in runs[0]}


def _json(document: Any) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
