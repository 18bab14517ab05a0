"""The check for values that tell who somebody is."""

import re
from collections.abc import Callable, Iterator

from enclave.identity import cpr
from enclave.identity.pseudonyms import ALPHABET, LENGTH
from enclave.returns.codebook import Codebook
from enclave.returns.daims.finding import Problem
from enclave.returns.dataset import Dataset


_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[A-Za-z]{2,}")
_TELEPHONE = re.compile(r"(?<!\d)(\+|00)\d{1,3}[ -]?\d{2,4}([ -]?\d{2,4}){2,3}(?!\d)")
_PSEUDONYM = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
# What is called like this is taken at its word, whatever it holds.
_NAMED = re.compile(
    r"^(cpr|pnr|cprnr|cpr_?nummer|personnummer|ssn|(first|last|sur|full)_?name|fornavn"
    r"|efternavn|navn|address|adresse|street|gade|phone|telefon|mobil|e_?mail"
    r"|journal(_?n(umme)?r)?|latitude|longitude|lat|lon)$",
    re.IGNORECASE,
)


def nobody_named(data: Dataset, codebook: Codebook) -> Iterator[Problem]:
    """Check every cell for CPR numbers, addresses of mail, telephones, pseudonyms.

    A project's pseudonyms belong in the id column and nowhere else.
    """
    for column in codebook.columns:
        if _NAMED.match(column.name):
            yield Problem("named_like_identity", (column.name,))
        for key, tells in _SIGNS.items():
            if key == "pseudonym" and column.name == codebook.id:
                continue
            values = data.present(column.name)
            if column.name == codebook.id:
                # A pseudonym has ten digits in a row now and then, too.
                values = values[~values.str.fullmatch(_PSEUDONYM)]
            bad = [text for text in values.unique() if tells(text)]
            if bad:
                rows = int(values.isin(bad).sum())
                # Whole numbers of ten digits are CPR-shaped now and then.
                yield Problem(key, (column.name,), rows, certain=key != "perhaps_cpr")


def _is_certain_cpr(text: str) -> bool:
    return any(found.certain for found in cpr.find(_padded(text)))


def _may_be_cpr(text: str) -> bool:
    found = list(cpr.find(_padded(text)))
    return bool(found) and not any(each.certain for each in found)


def _padded(text: str) -> str:
    """Give a number the leading zero back that spreadsheets take away."""
    plain = text.strip()
    return plain.zfill(10) if plain.isdigit() and len(plain) == 9 else plain


_SIGNS: dict[str, Callable[[str], bool]] = {
    "cpr": _is_certain_cpr,
    "perhaps_cpr": _may_be_cpr,
    "email": lambda text: bool(_EMAIL.search(text)),
    "telephone": lambda text: bool(_TELEPHONE.search(text)),
    "pseudonym": lambda text: bool(_PSEUDONYM.search(text)),
}
