"""The RO-Crate of an archived analysis: what each file is, for people and machines.

RO-Crate 1.1 with the Workflow Run Crate profile 0.5: the notebook is the workflow, the
run is a ``CreateAction`` with the delivery and the parameters as its objects and the
executed copy as its result.

https://w3id.org/ro/wfrun/workflow/0.5
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enclave.archive import layout
from enclave.archive.manifest import FileRecord, Subject


_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_LANGUAGES = {
    "python": ("Python", "https://www.python.org/"),
    "r": ("R", "https://www.r-project.org/"),
}
_LANGUAGE = "#language"
_ACCESS = "#access"
_AUTHOR = "#author"
_INSTITUTION = "#institution"
_RUN = "#run"
_TYPES: dict[type, str] = {bool: "Boolean", int: "Integer", float: "Float"}


Entity = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What the crate says of the run itself.

    Attributes
    ----------
    author, institution
        The person's name as it is shown, and where they work.
    language, version
        Of the kernel of the first step, for instance ``python`` and ``3.11``.
    """

    author: str
    institution: str
    language: str
    version: str
    started: datetime
    ended: datetime
    parameters: Mapping[str, Any]


def metadata(subject: Subject, run: Run, files: Mapping[str, FileRecord]) -> Entity:
    """Return the document ``ro-crate-metadata.json``.

    Parameters
    ----------
    subject
        What was archived.
    run
        By whom, when, with which parameters.
    files
        The files beside the metadata and the manifest.
    """
    main = _main(files)
    return {
        "@context": [
            "https://w3id.org/ro/crate/1.1/context",
            "https://w3id.org/ro/terms/workflow-run/context",
        ],
        "@graph": [
            _descriptor(),
            _root(subject, main, [*sorted(files), layout.MANIFEST]),
            *(_file(name, files[name]) for name in sorted(files.keys() - {main})),
            _file(layout.MANIFEST, None),
            _workflow(subject, run, main, files),
            _action(subject, run, main, files),
            *_inputs(run.parameters, files),
            *_context(subject, run),
        ],
    }


def _descriptor() -> Entity:
    return {
        "@id": layout.CRATE,
        "@type": "CreativeWork",
        "conformsTo": _references(
            "https://w3id.org/ro/crate/1.1",
            "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
        ),
        "about": _reference("./"),
    }


def _main(files: Iterable[str]) -> str:
    """Return what is the workflow: the notebook, or the plan of several steps."""
    return layout.SOURCE if layout.SOURCE in files else layout.PLAN


def _below(folder: str, files: Iterable[str]) -> list[str]:
    return sorted(name for name in files if name.startswith(f"{folder}/"))


def _executed(files: Iterable[str]) -> list[str]:
    alone = [layout.EXECUTED] if layout.EXECUTED in files else []
    return [*alone, *_below("executed", files)]


def _root(subject: Subject, main: str, names: list[str]) -> Entity:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": subject.title,
        "identifier": subject.id,
        "description": (
            f"{subject.id}: an analysis of project {subject.project}, with its"
            " environment, its outputs and the manifest of its data."
        ),
        "datePublished": subject.archived.isoformat(),
        "author": _reference(_AUTHOR),
        "publisher": _reference(_INSTITUTION),
        "license": _reference(_ACCESS),
        "conformsTo": _references(*_PROFILES),
        "mainEntity": _reference(main),
        "mentions": _references(_RUN),
        "hasPart": _references(*names),
    }


def _file(name: str, record: FileRecord | None) -> Entity:
    known = layout.known(name)
    described: Entity = {
        "@id": name,
        "@type": "File",
        "name": name,
        "description": known.description,
        "encodingFormat": known.media_type,
    }
    if record is not None:
        described |= {"contentSize": str(record.bytes), "sha256": record.sha256}
    if name == layout.README:
        described["about"] = _reference("./")
    if name == layout.DELIVERY:
        described["exampleOfWork"] = _reference("#delivery")
    if _executed([name]):
        described["exampleOfWork"] = _reference("#executed")
    return described


def _workflow(
    subject: Subject, run: Run, main: str, files: Mapping[str, FileRecord]
) -> Entity:
    parts = _below("source", files)
    inputs = ["#delivery", *(f"#in/{name}" for name in sorted(run.parameters))]
    return {
        **_file(main, files[main]),
        **({"hasPart": _references(*parts)} if parts else {}),
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": subject.title,
        "version": subject.source_digest,
        "url": f"urn:sha256:{subject.source_digest}",
        "conformsTo": _reference(
            "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
        ),
        "author": _reference(_AUTHOR),
        "license": _reference(_ACCESS),
        "programmingLanguage": _reference(_LANGUAGE),
        "input": _references(*inputs),
        "output": _references("#executed"),
        "softwareRequirements": _reference(layout.LOCK),
    }


def _action(
    subject: Subject, run: Run, main: str, files: Mapping[str, FileRecord]
) -> Entity:
    results = [*_executed(files), layout.OUTPUTS, layout.RUN_LOG]
    values = [f"#value/{name}" for name in sorted(run.parameters)]
    return {
        "@id": _RUN,
        "@type": "CreateAction",
        "name": f"Run of {subject.id}",
        "description": "One clean run in a sandbox without network",
        "instrument": _reference(main),
        "agent": _reference(_AUTHOR),
        "startTime": run.started.isoformat(timespec="seconds"),
        "endTime": run.ended.isoformat(timespec="seconds"),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "object": _references(layout.DELIVERY, *values),
        "result": _references(*results, *_below("files", files)),
    }


def _inputs(parameters: Mapping[str, Any], files: Iterable[str]) -> Iterator[Entity]:
    yield _formal("#delivery", "delivery", "File", layout.DELIVERY)
    yield _formal("#executed", "executed notebook", "File", *_executed(files))
    for name, value in sorted(parameters.items()):
        kind = _TYPES.get(type(value), "Text")
        yield _formal(f"#in/{name}", name, kind, f"#value/{name}")
        yield {
            "@id": f"#value/{name}",
            "@type": "PropertyValue",
            "name": name,
            "value": value if kind != "Text" else _text(value),
            "exampleOfWork": _reference(f"#in/{name}"),
        }


def _formal(identifier: str, name: str, kind: str, *examples: str) -> Entity:
    return {
        "@id": identifier,
        "@type": "FormalParameter",
        "name": name,
        "additionalType": kind,
        "conformsTo": _reference(
            "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
        ),
        "workExample": _references(*examples),
    }


def _context(subject: Subject, run: Run) -> Iterator[Entity]:
    yield {
        "@id": _AUTHOR,
        "@type": "Person",
        "name": run.author,
        "affiliation": _reference(_INSTITUTION),
    }
    yield {"@id": _INSTITUTION, "@type": "Organization", "name": run.institution}
    named, address = _LANGUAGES.get(run.language.lower(), (run.language, ""))
    yield {
        "@id": _LANGUAGE,
        "@type": ["ComputerLanguage", "SoftwareApplication"],
        "name": f"{named}, kernel {subject.kernel.name}",
        "version": run.version,
        **({"url": _reference(address)} if address else {}),
    }
    yield {
        "@id": _ACCESS,
        "@type": "CreativeWork",
        "name": "Closed",
        "description": (
            "Stays in the enclave. The copy publishable.ipynb may leave it, under the"
            " licence its authors choose, once somebody has read it."
        ),
    }
    for identifier, name in _PROFILES.items():
        yield {
            "@id": identifier,
            "@type": "CreativeWork",
            "name": name,
            "version": identifier.rpartition("/")[2],
        }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _reference(identifier: str) -> Entity:
    return {"@id": identifier}


def _references(*identifiers: str) -> list[Entity] | Entity:
    """Refer to several entities; one alone is no list (RO-Crate 1.1)."""
    several = [_reference(identifier) for identifier in identifiers]
    return several if len(several) > 1 else several[0]
