"""Hand an analysis in from a notebook: what is wrong with it is said while it is open.

What was chosen is copied to ``/project/return``. Nothing leaves the workspace by it:
whoever is signed in hands it in, on the page to which the menu around the workspace
leads, and there a worker runs it.
"""

import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

from IPython.display import display
from ipywidgets import HTML, Button, Dropdown

from enclave import durable
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.script import is_script
from enclave.archive.publishable_copies import suspicions_in
from enclave.archive.randomness import randomness_of
from enclave.archive.work_folder import files_in
from enclave.errors import EnclaveError
from enclave.sandbox.released_kernels import release
from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.findings import RETURN
from enclave_widgets.frame import Frame
from enclave_widgets.vocabulary import Words
from enclave_widgets.words import WORDS, Language, preferred_language


WORK = Path("/project/work")
_MOST = 200


class SubmitAnalysis:
    """Choose a notebook, script or folder of them, and lay it ready for the archive.

    Show it as the last line of a notebook cell. It says what would keep the analysis
    from being archived or from coming out again: a kernel that is none, a step that is
    missing, random numbers without a seed, and what looks like an identifier.

    Parameters
    ----------
    language
        ``en`` or ``da`` to begin with, by default that of the browser.
    work, folder
        Where analyses are written, and where they are handed in from.
    """

    def __init__(
        self,
        *,
        language: Language | None = None,
        work: Path = WORK,
        folder: Path = RETURN,
    ) -> None:
        self._work, self._folder = work, folder
        self.choice, self.said = Dropdown(), HTML()
        self.keep = Button()
        self.frame = Frame(
            language or preferred_language(),
            lambda words: (words.submit_title, words.submit_lead),
            self._show,
        )
        self._show()

    def _ipython_display_(self) -> None:
        display(self.frame.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    def write(self) -> Path | None:
        """Copy what was chosen; None, with the reason shown, if it cannot be run."""
        words, chosen = WORDS[self.frame.language], self._chosen
        try:
            _read(chosen)
            target = self._copy(chosen)
        except EnclaveError as error:
            self.said.value = markup.failure(words.submit_refused, str(error))
            return None
        except OSError as error:
            reason = f"{chosen.name}: {error.strerror}"
            self.said.value = markup.failure(words.submit_refused, reason)
            return None
        self.said.value = markup.note(words.submit_kept.format(name=target.name))
        return target

    @property
    def _chosen(self) -> Path:
        return self._work / str(self.choice.value)

    def _show(self) -> None:
        words, names = WORDS[self.frame.language], list(_runnable(self._work))
        if not names:
            self.frame.put(card(HTML(markup.note(words.submit_none))))
            return
        before = self.choice.value
        self.choice = Dropdown(
            options=names,
            value=before if before in names else names[0],
            description=words.submit_which,
        )
        self.choice.observe(lambda _: self._look(), "value")
        self.keep = Button(description=words.submit_keep)
        self.keep.add_class("enc-primary")
        self.keep.on_click(lambda _: self.write())
        self.said = HTML()
        self.said.add_class("enc-live")
        self.frame.put(card(self.choice, self.said, self.keep))
        self._look()

    def _look(self) -> None:
        """Say what is to be thought of before it is handed in."""
        words = WORDS[self.frame.language]
        try:
            analysis = _read(self._chosen)
        except EnclaveError as error:
            self.said.value = markup.failure(words.submit_refused, str(error))
            return
        unseeded = [
            words.submit_unseeded.format(
                where=_where(one.step, one.cell, words), call=one.call
            )
            for one in randomness_of(analysis).without_seed
        ]
        found = [
            words.submit_identifier.format(where=_where(one.file, one.cell, words))
            for one in suspicions_in(analysis)
        ]
        rows = "".join(f"<li>{escape(one)}</li>" for one in [*unseeded, *found])
        nothing = markup.note(words.submit_fine)
        self.said.value = f"<ul>{rows}</ul>" if rows else nothing

    def _copy(self, chosen: Path) -> Path:
        target = self._folder / chosen.name
        if not chosen.is_dir():
            durable.write_file(target, chosen.read_bytes())
            return target
        with durable.new_folder(self._folder / f".{chosen.name}.new") as fresh:
            for name, path in files_in(chosen).items():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, fresh / name)
        if target.exists():
            shutil.rmtree(target)
        return (self._folder / f".{chosen.name}.new").rename(target)


def _read(path: Path) -> Analysis:
    """Read an analysis, each step of which names a released kernel."""
    analysis = Analysis.read(path, parameters={}, sweep={})
    for kernel in analysis.plan.kernels:
        release(kernel)
    return analysis


def _runnable(work: Path) -> Iterator[str]:
    """Yield what could be an analysis, by name; folders too."""
    if not work.is_dir():
        return
    for path in sorted(work.iterdir())[:_MOST]:
        if path.name.startswith(".") or path.is_symlink():
            continue
        inside = path.iterdir() if path.is_dir() else [path]
        if any(_is_code(one.name) and one.is_file() for one in inside):
            yield path.name


def _is_code(name: str) -> bool:
    return name.endswith(".ipynb") or is_script(name)


def _where(file: str, cell: int, words: Words) -> str:
    numbered = words.submit_cell.format(cell=cell) if cell else ""
    return ", ".join(one for one in (file, numbered) if one)
