"""Compare in a notebook: re-runs of the project's analyses, or two executed notebooks.

The verdict, and both sides of every output that changed. What is shown was computed
from the project's data, so it is read from a folder of the workspace and from nowhere
else.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from IPython.display import display
from ipywidgets import HTML, Dropdown, Widget
from pydantic import ValidationError

from enclave.archive import report_page, side_by_side
from enclave.archive.side_by_side import SideBySide
from enclave.errors import EnclaveError
from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.frame import Frame
from enclave_widgets.words import WORDS, Language, preferred_language


COMPARISONS = Path("/project/comparisons")


class CompareRuns:
    """See what two runs have in common, and where they differ.

    Show it as the last line of a notebook cell. ``CompareRuns()`` lets you choose among
    the re-runs of the project's archived analyses, and
    ``CompareRuns("first.ipynb", "second.ipynb")`` compares two executed notebooks.

    Parameters
    ----------
    first, second
        Two executed notebooks; without them the re-runs.
    language
        ``en`` or ``da`` to begin with, by default that of the browser.
    folder
        Where the re-runs lie.
    """

    def __init__(
        self,
        first: Path | str | None = None,
        second: Path | str | None = None,
        *,
        language: Language | None = None,
        folder: Path = COMPARISONS,
    ) -> None:
        self._two = (Path(first), Path(second)) if first and second else None
        self._folder = folder
        self.choice = Dropdown()
        self.frame = Frame(
            language or preferred_language(),
            lambda words: (words.compare_title, words.compare_lead),
            self._show,
        )
        self._show()

    def _ipython_display_(self) -> None:
        display(self.frame.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    def _show(self) -> None:
        """Show the page anew, in the language that was chosen."""
        known, words = self._known(), WORDS[self.frame.language]
        if self._two is not None:
            load = partial(side_by_side.of_notebooks, *self._two)
            self._put(HTML(self._html(load)))
        elif known:
            self._put(*self._chooser(known))
        else:
            self._put(HTML(markup.note(words.compare_none)))

    def _chooser(self, known: dict[str, Path]) -> tuple[Dropdown, HTML]:
        words, before = WORDS[self.frame.language], self.choice.value
        self.choice = Dropdown(
            options=list(known.items()),
            value=before if before in known.values() else next(iter(known.values())),
            description=words.compare_which,
        )
        shown = HTML(self._html(partial(_read, self.choice.value)))

        def chosen(change: dict[str, Path]) -> None:
            shown.value = self._html(partial(_read, change["new"]))

        self.choice.observe(chosen, "value")
        return self.choice, shown

    def _html(self, load: Callable[[], SideBySide]) -> str:
        words = WORDS[self.frame.language]
        try:
            seen = load()
        except EnclaveError as error:
            return markup.failure(words.failed, str(error))
        except (OSError, ValidationError):
            return markup.failure(words.failed, words.compare_unreadable)
        title = markup.heading(seen.name) + markup.note(seen.title)
        return f"<style>{report_page.style()}</style>{title}{report_page.part(seen)}"

    def _put(self, *children: Widget) -> None:
        page = card(*children)
        # Both languages are written; the style shows one.
        self.frame.put(page)

    def _known(self) -> dict[str, Path]:
        """Return the re-runs that can be shown, the newest first."""
        found = self._folder.glob("*/[!.]*.json")
        newest = sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return {path.stem: path for path in newest}


def _read(path: Path) -> SideBySide:
    return SideBySide.model_validate_json(path.read_bytes())
