"""The copies of a whole analysis that may leave: its notebooks, scripts and modules.

Steps are numbered, for the name of a file can be the name of a patient; modules keep
theirs, for the code names them. What is neither a notebook nor code stays inside, and
so do parameters and everything that a run showed or wrote.
"""

import json
from pathlib import PurePosixPath

from enclave.archive import layout
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.plan import Step
from enclave.archive.analysis.script import is_script
from enclave.archive.notebook import parse
from enclave.archive.publishable import (
    Suspicion,
    identifiers_in,
    publishable,
    suspicions,
)
from enclave.sandbox.released_kernels import release


def copies(analysis: Analysis) -> dict[str, bytes]:
    """Return the publishable copies by their names in the archive."""
    plan = analysis.plan
    if plan.alone:
        return {layout.PUBLISHABLE: _notebook(analysis, plan.steps[0])}
    steps = {step.name for step in plan.steps}
    numbered = {
        f"publishable/step-{number}{PurePosixPath(step.name).suffix}": _step(
            analysis, step
        )
        for number, step in enumerate(plan.steps, start=1)
    }
    modules = {
        f"publishable/{name}": _text(content)
        for name, content in analysis.files.items()
        if is_script(name) and name not in steps
    }
    return {**modules, **numbered}


def suspicions_in(analysis: Analysis) -> list[Suspicion]:
    """Search what would be published, names included, for identifiers."""
    plan = analysis.plan
    if plan.alone:
        return suspicions(analysis.notebook(plan.steps[0]))
    steps = {step.name for step in plan.steps}
    found = []
    for name, content in analysis.files.items():
        if name.endswith(".ipynb") and name in steps:
            each = suspicions(parse(content, name=name))
            found += [one._replace(file=name) for one in each]
        elif is_script(name):
            text = content.decode("utf-8", errors="replace")
            shown = text if name in steps else f"{name}\n{text}"
            found += [Suspicion(0, kind, name) for kind in identifiers_in(shown)]
    return [one._replace(file=_unsuspicious(one.file)) for one in found]


def _step(analysis: Analysis, step: Step) -> bytes:
    if is_script(step.name):
        return _text(analysis.files[step.name])
    return _notebook(analysis, step)


def _notebook(analysis: Analysis, step: Step) -> bytes:
    language = str(release(step.kernel).specification["language"])
    copy = publishable(analysis.notebook(step), kernel=step.kernel, language=language)
    return json.dumps(copy, indent=1, ensure_ascii=False).encode() + b"\n"


def _text(content: bytes) -> bytes:
    """Return what is text of a script: bytes that are none could hold anything."""
    return content.decode("utf-8", errors="replace").replace("\0", "").encode()


def _unsuspicious(name: str) -> str:
    """Call a file by its name, if that is none of what it was searched for."""
    return "a file" if identifiers_in(name) else name
