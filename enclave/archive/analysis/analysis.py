"""An analysis: its files, and the plan of what is run of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from enclave.archive import layout
from enclave.archive import parameters as parameter_rules
from enclave.archive.analysis.description import NAME, Description
from enclave.archive.analysis.plan import Plan, Step, swept
from enclave.archive.analysis.script import LANGUAGES, as_notebook, is_script
from enclave.archive.comparison.sanitiser import Sanitiser, read_sanitisers
from enclave.archive.intake import read_file
from enclave.archive.notebook import LARGEST_NOTEBOOK_BYTES, Notebook, parse
from enclave.archive.work_folder import files_in
from enclave.canonical import digest
from enclave.errors import InputError
from enclave.sandbox.released_kernels import releases


_SOURCES = "source"
_MOST_FILES = 200
_LARGEST_BYTES = 10_000_000


@dataclass(frozen=True)
class Analysis:
    """The files of an analysis by name, and its plan."""

    files: Mapping[str, bytes]
    plan: Plan

    @classmethod
    def alone(cls, content: bytes, parameters: Mapping[str, Any]) -> "Analysis":
        """Return the analysis that is one notebook.

        Raises
        ------
        InputError
            If it is no notebook, names no kernel, or declares no such parameter.
        """
        kernel = _kernel_of(parse(content, name="the notebook"))
        step = Step(name=layout.SOURCE, kernel=kernel)
        plan = Plan(alone=True, steps=(step,), runs=(dict(parameters),))
        return cls({layout.SOURCE: content}, plan).checked()

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        entry: Sequence[str] = (),
        parameters: Mapping[str, Any],
        sweep: Mapping[str, list[Any]],
    ) -> "Analysis":
        """Read a notebook, a script or a folder as its author left it.

        Raises
        ------
        InputError
            If nothing in it can be run, or it is not as its description says.
        """
        if path.suffix == ".ipynb" and not path.is_dir() and not sweep:
            content = read_file(path, largest=LARGEST_NOTEBOOK_BYTES)
            return cls.alone(content, parameters)
        files = _gather(path)
        said = Description.of(files)
        steps = tuple(
            Step(name=name, kernel=_kernel(files, name, said.kernel))
            for name in _once_each(entry or said.steps or [_only(files)])
        )
        plan = Plan(
            steps=steps,
            runs=swept({**said.parameters, **parameters}, {**said.sweep, **sweep}),
            keys={name: tuple(columns) for name, columns in said.keys.items()},
            sanitisers=_sanitisers(files, said.sanitise),
        )
        return cls(files, plan).checked()

    @classmethod
    def archived(cls, folder: Path) -> "Analysis":
        """Read the analysis of an archived folder that was verified."""
        plan_file = folder / layout.PLAN
        if not plan_file.exists():
            parameters = (folder / layout.PARAMETERS).read_bytes()
            content = read_file(folder / layout.SOURCE, largest=LARGEST_NOTEBOOK_BYTES)
            return cls.alone(content, parameter_rules.read(parameters))
        sources = files_in(folder / _SOURCES)
        files = {name: path.read_bytes() for name, path in sources.items()}
        return cls(files, Plan.model_validate_json(plan_file.read_bytes()))

    def in_kernel(self, kernel: str) -> "Analysis":
        """Return the analysis with all steps of its first kernel's in another one."""
        first = self.plan.steps[0].kernel
        steps = tuple(
            step.model_copy(update={"kernel": kernel}) if step.kernel == first else step
            for step in self.plan.steps
        )
        return replace(self, plan=self.plan.model_copy(update={"steps": steps}))

    def checked(self) -> "Analysis":
        """Refuse what could not be run; return the analysis itself."""
        # Read once, and not for each of a hundred runs.
        declared = [
            parameter_rules.declared(self.notebook(step)) for step in self.plan.steps
        ]
        for run in self.plan.runs:
            left = dict(run)
            for names in declared:
                given = {name: run[name] for name in run.keys() & names}
                parameter_rules.check_among(given, names)
                left = {name: left[name] for name in left.keys() - names}
            # The last step refuses what no step declares.
            parameter_rules.check_among(left, declared[-1])
        return self

    def content(self, step: Step) -> bytes:
        """Return the notebook that a step is run as."""
        content = self.files[step.name]
        if not is_script(step.name):
            return content
        language = LANGUAGES[Path(step.name).suffix]
        text = content.decode("utf-8", errors="replace")
        return as_notebook(text, kernel=step.kernel, language=language)

    def notebook(self, step: Step) -> Notebook:
        """Return the parsed notebook of a step."""
        return parse(self.content(step), name=step.name)

    def parameters_of(self, step: Step, run: Mapping[str, Any]) -> dict[str, Any]:
        """Return those parameters of a run that a step declares."""
        declared = parameter_rules.declared(self.notebook(step)) if run else frozenset()
        return {name: value for name, value in run.items() if name in declared}

    def sources(self) -> dict[str, bytes]:
        """Return the files as an archive keeps them, by their names in it."""
        if self.plan.alone:
            return dict(self.files)
        kept = {f"{_SOURCES}/{name}": content for name, content in self.files.items()}
        plan = self.plan.model_dump_json(indent=1).encode()
        return {**kept, layout.PLAN: plan}

    @cached_property
    def source_digest(self) -> str:
        """SHA-256 of what is executed; outputs that came along do not count."""
        if self.plan.alone:
            return self.notebook(self.plan.steps[0]).source_digest
        return digest(
            {
                "steps": [step.model_dump() for step in self.plan.steps],
                "files": {
                    name: _essence(name, content)
                    for name, content in sorted(self.files.items())
                },
            }
        )


def source_files(folder: Path) -> list[Path]:
    """Return the sources in the folder of an archived analysis."""
    alone = folder / layout.SOURCE
    if alone.is_file():
        return [alone]
    below = folder / _SOURCES
    return list(files_in(below).values()) if below.is_dir() else []


def _essence(name: str, content: bytes) -> str:
    if name.endswith(".ipynb"):
        return parse(content, name=name).source_digest
    return digest(content.hex())


def _gather(path: Path) -> dict[str, bytes]:
    if not path.is_dir():
        return {path.name: read_file(path, largest=LARGEST_NOTEBOOK_BYTES)}
    found = files_in(path)
    sizes = sum(each.lstat().st_size for each in found.values())
    if len(found) > _MOST_FILES or sizes > _LARGEST_BYTES:
        raise InputError(
            f"The folder holds {len(found)} files and {sizes // 1_000_000} MB. An"
            f" analysis is code: at most {_MOST_FILES} files and"
            f" {_LARGEST_BYTES // 1_000_000} MB. Leave data and results out of it."
        )
    return {
        name: read_file(each, largest=_LARGEST_BYTES) for name, each in found.items()
    }


def _once_each(names: Sequence[str]) -> Sequence[str]:
    if len(set(names)) < len(names):
        raise InputError("A step is named twice. Each is run once, in its order.")
    return names


def _only(files: Mapping[str, bytes]) -> str:
    """Return the one file of a folder that can be run."""
    for runnable in (lambda name: name.endswith(".ipynb"), is_script):
        found = [name for name in files if runnable(name)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        raise InputError(
            "There is no notebook and no script here: .ipynb, .py or .R. Name the"
            " folder that they lie in."
        )
    raise InputError(
        "Which of these is run is not said. Name the steps in their order under"
        f" `steps` in {NAME}, or with --entry."
    )


def _kernel(files: Mapping[str, bytes], name: str, said: str | None) -> str:
    if name not in files:
        raise InputError(
            f"There is no file {name!r} in the folder. Name steps as they are called"
            " there."
        )
    if name.endswith(".ipynb"):
        return _kernel_of(parse(files[name], name=name))
    if not is_script(name):
        raise InputError(f"{name} is no notebook and no script: .ipynb, .py or .R.")
    return said or _newest(LANGUAGES[Path(name).suffix])


def _kernel_of(notebook: Notebook) -> str:
    if notebook.kernel is None:
        raise InputError(
            "The notebook does not say which kernel it runs in. Open it in the"
            " workspace, choose a kernel, and save it."
        )
    return notebook.kernel


def _newest(language: str) -> str:
    known = [
        release.name
        for release in releases()
        if release.specification["language"].lower() == language.lower()
        and release.needs is None
    ]
    return max(known)


def _sanitisers(files: Mapping[str, bytes], name: str | None) -> tuple[Sanitiser, ...]:
    if name is None:
        return ()
    if name not in files:
        raise InputError(f"There is no sanitising file {name!r} in the folder.")
    return read_sanitisers(files[name].decode("utf-8", errors="replace"), name=name)
