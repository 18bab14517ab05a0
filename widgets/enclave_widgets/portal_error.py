"""What is said where the portal said nothing, or no."""

from enclave.errors import EnclaveError
from enclave_widgets.words import WORDS, Language


class PortalError(EnclaveError):
    """The portal did not answer, or said no. The message is for the person.

    Parameters
    ----------
    said
        In the words that the portal was asked to speak.
    danish
        The same in Danish, where the portal did not say it.
    """

    def __init__(self, said: str, danish: str | None = None) -> None:
        super().__init__(said)
        self.danish = danish


def too_slow() -> PortalError:
    """Return that no answer came in time."""
    return PortalError(
        "The portal did not answer in time. Try again: what was asked already is not"
        " charged twice.",
        "Portalen svarede ikke i tide. Prøv igen: det, der allerede er spurgt om,"
        " koster ikke to gange.",
    )


def away() -> PortalError:
    """Return that the portal is not there."""
    return PortalError(
        "The portal cannot be reached. Try again in a moment; if it stays so, tell the"
        " data managers.",
        "Portalen kan ikke nås. Prøv igen om lidt; sig det til datamanagerne, hvis det"
        " bliver ved.",
    )


def unreadable() -> PortalError:
    """Return that the answer is none that we know."""
    return PortalError(
        "The portal answered something unreadable. Tell the data managers.",
        "Portalen svarede noget, der ikke kan læses. Sig det til datamanagerne.",
    )


def told(error: Exception, language: Language) -> str:
    """Say in the words of a page what went wrong."""
    if not isinstance(error, PortalError):
        return WORDS[language].bug
    return (error.danish if language == "da" else None) or str(error)
