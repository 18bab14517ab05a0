"""What an error of ours, and a question, look like in a notebook: in words.

Loaded by the kernel for questions (``--ext``). Where a mistake was made is seen in the
cell: a traceback would lead into our code, and hide what is said behind it.
"""

from typing import Any

from enclave.errors import EnclaveError
from enclave_widgets.words import preferred_language


class _Told(EnclaveError):  # noqa: N818 - has the name of what it tells
    """An error that IPython shows by what it says alone."""

    def __init__(self, kind: type[EnclaveError], said: str) -> None:
        super().__init__(said)
        self._kind = kind

    def _render_traceback_(self) -> list[str]:
        return [f"{self._kind.__name__}: {self}"]


def load_ipython_extension(shell: Any) -> None:
    """Have IPython show errors of ours, and questions, so."""
    shell.set_custom_exc((EnclaveError,), _tell)
    # By name: questions are loaded when somebody writes one.
    question = "enclave.cohort.question", "Question"
    formatters = shell.display_formatter.formatters
    formatters["text/plain"].for_type_by_name(*question, _write_question)


def _write_question(question: Any, printer: Any, _cycle: bool) -> None:  # noqa: FBT001 - IPython calls it
    from enclave.cohort.rendering import describe  # noqa: PLC0415

    printer.text(describe(question, preferred_language()))


def _tell(
    shell: Any,
    kind: type[EnclaveError],
    error: EnclaveError,
    _trace: Any,
    tb_offset: int | None = None,
) -> None:
    del tb_offset
    # Not loaded before it is needed: this module is, by each kernel that starts.
    from enclave_widgets.rules import in_words_of  # noqa: PLC0415

    language = preferred_language()
    said = error.danish if language == "da" else None
    told = _Told(kind, said or in_words_of(language, str(error)))
    shell.showtraceback((kind, told, None))
