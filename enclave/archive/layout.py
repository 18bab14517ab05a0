"""The names of the files of an archived analysis, and what each is."""

from pathlib import PurePosixPath
from typing import NamedTuple


CRATE = "ro-crate-metadata.json"
MANIFEST = "manifest.json"

README = "README.md"
SOURCE = "source.ipynb"
EXECUTED = "executed.ipynb"
PUBLISHABLE = "publishable.ipynb"
PARAMETERS = "parameters.json"
OUTPUTS = "outputs.json"
RUN_LOG = "run.json"
RANDOMNESS = "randomness.json"
KERNELSPEC = "kernel/kernel.json"
LOCK = "kernel/requirements.lock"
DELIVERY = "delivery/manifest.json"
# Only where an analysis is more than one notebook.
PLAN = "analysis.json"

_NOTEBOOK = "application/x-ipynb+json"
_JSON = "application/json"


class KnownFile(NamedTuple):
    """What a file is, in words and as a media type."""

    description: str
    media_type: str


FILES = {
    README: KnownFile("What this folder is", "text/markdown"),
    SOURCE: KnownFile("The notebook as it was submitted", _NOTEBOOK),
    EXECUTED: KnownFile("The notebook after the run, with its outputs", _NOTEBOOK),
    PUBLISHABLE: KnownFile("Code and prose alone: the copy that may leave", _NOTEBOOK),
    PARAMETERS: KnownFile("Values of the parameters of the run", _JSON),
    OUTPUTS: KnownFile("Numbers, tables and digests of pictures, by cell", _JSON),
    RUN_LOG: KnownFile("Status and time of each cell", _JSON),
    RANDOMNESS: KnownFile("Where random numbers are drawn, and from which seed", _JSON),
    KERNELSPEC: KnownFile("The kernel that the notebook was run in", _JSON),
    LOCK: KnownFile(
        "Every package of the kernel, with version and hashes", "text/plain"
    ),
    DELIVERY: KnownFile(
        "Signed manifest of the data, which are not part of this", _JSON
    ),
    MANIFEST: KnownFile("Every file by its hash, signed", _JSON),
}

_FOLDERS = {
    "source": "As it was submitted",
    "executed": "A step after the run, with its outputs",
    "files": "Written by the analysis",
    "publishable": "Code and prose alone: the copy that may leave",
    "kernel": "Of another kernel that a step was run in",
}
_MEDIA_TYPES = {
    ".ipynb": _NOTEBOOK,
    ".json": _JSON,
    ".csv": "text/csv",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".parquet": "application/vnd.apache.parquet",
    ".py": "text/x-python",
    ".R": "text/x-r-source",
}


def known(name: str) -> KnownFile:
    """Tell what a file of an archived analysis is."""
    if name in FILES:
        return FILES[name]
    path = PurePosixPath(name)
    media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
    return KnownFile(_FOLDERS.get(path.parts[0], "A file"), media_type)
