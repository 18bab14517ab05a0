"""The certificate as one page of PDF: to be printed, and to be verified by itself.

The page is a rendering; what is certified is the JSON, which it carries as an
attachment. A comment after its end signs every byte before, so that nobody changes what
is read and leaves what is attached.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from fpdf import FPDF

from enclave.archive.verify_certificate import PAGE_MARK
from enclave.canonical import canonical_json
from enclave.signature import Signer


_WORDS = {
    "identical": ("Every output came out as it was.", "Alle resultater er uændrede."),
    "numerically equal": (
        "Every number agrees within the tolerance.",
        "Alle tal stemmer inden for tolerancen.",
    ),
    "explained drift": (
        "What differs is explained by named rules.",
        "Forskellene er forklaret af navngivne regler.",
    ),
    "differs": (
        "At least one output differs without an explanation.",
        "Mindst ét resultat afviger uden forklaring.",
    ),
    "could not run": (
        "It did not run to its end, or what came out could not be read.",
        "Den kunne ikke køres til ende, eller det, der kom ud, kunne ikke læses.",
    ),
}
_DATA = {
    "frozen": "the delivered files themselves / de udleverede filer selv",
    "re-created": "made again, with the same hashes / dannet igen, med samme hash",
    "today": "of the latest snapshot, not of then / dagens data, ikke datidens",
    "unavailable": "not available any more / ikke længere til rådighed",
}
_CAUSES = {
    "error": "error / fejl",
    "timeout": "its time was over / tiden løb ud",
    "dead_kernel": "the kernel died / kernen døde",
    "missing_package": "a package is missing / en pakke mangler",
    "missing_data": "data are missing / data mangler",
    "network": "it needs a network / den kræver et netværk",
    "cancelled": "cancelled / afbrudt",
    "data_unavailable": "data not available any more / data findes ikke mere",
    "not_compared": "too large or broken to be compared / for stort eller ødelagt",
}
_STARTS = {
    "cold": "with a new kernel / med en ny kerne",
    "forked": (
        "with a kernel forked from a loaded one; it counts, for every output is"
        " identical to that of the archived run, which had a new kernel / afgrenet fra"
        " en indlæst kerne; det gælder, fordi hvert resultat er identisk med den"
        " arkiverede kørsels, som havde en ny kerne"
    ),
}
_UNCONFIRMED = {
    "not identical": "not identical / ikke identisk",
    "failed": "failed / mislykket",
}
_INK, _QUIET, _LINE = (20, 33, 50), (92, 104, 120), (196, 204, 214)
_COLOURS = {
    "identical": (22, 101, 72),
    "numerically equal": (22, 101, 72),
    "explained drift": (148, 92, 10),
}
_RED = (160, 32, 40)


def render(signed: bytes, stamped: datetime | None, signer: Signer) -> bytes:
    """Return the page of a signed certificate.

    Parameters
    ----------
    signed
        The certificate as it was issued.
    stamped
        What its time stamp says; null where it has none.
    """
    document = json.loads(signed)
    page = _Page(document)
    page.head()
    page.facts(document)
    page.proofs(document, stamped)
    # As it is, so that it is found without knowing PDF.
    page.embed_file(
        bytes=canonical_json(document),
        basename="certificate.json",
        desc="The signed certificate",
        compress=False,
    )
    content = bytes(page.output())
    told = {"type": "certificate-page", "sha256": hashlib.sha256(content).hexdigest()}
    return content + PAGE_MARK + canonical_json(signer.sign(told)) + b"\n"


class _Page(FPDF):
    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(format="A4")
        self._document = document
        self.set_title(f"Certificate {document['analysis']}/{document['rerun']}")
        self.set_lang("en")
        self.set_creation_date(datetime.fromisoformat(document["completed"]))
        self.set_margins(22, 22)
        self.set_auto_page_break(auto=False)
        self.add_page()

    def head(self) -> None:
        """Say what this is, and the verdict."""
        verdict = self._document["verdict"]
        self._text("Certificate of a re-run", 21, bold=True, height=10)
        self._text("Attest for en genkørsel", 12, colour=_QUIET, height=7)
        self.ln(4)
        self._rule()
        self._text(self._document["analysis"], 15, bold=True, height=8)
        self._text(f"Re-run / genkørsel {self._document['rerun']}", 11, height=6)
        self.ln(6)
        colour = _COLOURS.get(verdict, _RED)
        self._text(verdict.upper(), 26, bold=True, colour=colour, height=12)
        english, danish = _WORDS[verdict]
        self._text(english, 12, height=6)
        self._text(danish, 12, colour=_QUIET, height=6)
        self.ln(5)
        self._rule()

    def facts(self, document: dict[str, Any]) -> None:
        """Say what was executed, on what, and when."""
        outputs = ", ".join(
            f"{number} {name}" for name, number in document["outputs"].items() if number
        )
        delivery = document["delivery"]
        kernels = [one["name"] for one in _kernels(document)]
        snapshot = delivery["snapshot"]["number"]
        rows = [
            ("Outputs / resultater", outputs or "none / ingen"),
            ("Data", _DATA[document["data"]]),
            ("Grant / tilladelse", f"{delivery['grant']}, snapshot {snapshot}"),
            ("Kernel / kerne", ", ".join(kernels)),
            *_others(document),
            *_start(document),
            ("Archived / arkiveret", _moment(document["archived"])),
            ("Requested / anmodet", _moment(document["requested"])),
            ("Completed / afsluttet", _moment(document["completed"])),
        ]
        if document["cause"]:
            cause = document["cause"]
            rows.insert(0, ("Cause / årsag", _CAUSES.get(cause, cause)))
        for name, value in rows:
            self._row(name, value)
        self.ln(3)
        self._rule()

    def proofs(self, document: dict[str, Any], stamped: datetime | None) -> None:
        """Name everything by hash, and say how the page is checked."""
        signature = document["signature"]
        stamp = f"{stamped:%Y-%m-%d %H:%M:%S} UTC (RFC 3161)" if stamped else "none"
        for name, value in (
            ("Archived manifest", document["manifest_sha256"]),
            ("Source", document["source_digest"]),
            *(("Kernel's lock", one["lock_sha256"]) for one in _kernels(document)),
            ("Data's manifest", document["delivery"]["manifest_sha256"]),
            ("Comparison", document["report_sha256"]),
            ("Tolerances, rules", document["policy_sha256"]),
            ("Signature", signature["value"]),
            ("Public key", f"{signature['public_key']}  ({signature['key']})"),
            ("Time stamp", stamp),
        ):
            self._row(name, value, small=True)
        self.ln(5)
        english = (
            "This page holds no data about any person. It carries the signed"
            " certificate as an attachment and is signed itself; check both, offline:"
            " python -I verify_certificate.py certificate.pdf PUBLIC_KEY"
        )
        danish = (
            "Siden indeholder ingen oplysninger om personer. Den bærer det signerede"
            " certifikat som vedhæftet fil og er selv signeret; begge kan efterprøves"
            " uden netforbindelse med samme kommando."
        )
        for text in (english, danish):
            self.set_font("Helvetica", size=8.5)
            self.set_text_color(*_QUIET)
            self.multi_cell(0, 4.3, text, new_x="LMARGIN", new_y="NEXT")
            self.ln(1.5)

    def _row(self, name: str, value: str, *, small: bool = False) -> None:
        size, height = (8, 4.6) if small else (10.5, 6.2)
        self.set_text_color(*_QUIET)
        self.set_font("Helvetica", size=size)
        self.cell(46, height, name)
        self.set_text_color(*_INK)
        self.set_font("Courier" if small else "Helvetica", size=7.3 if small else size)
        self.multi_cell(0, height, _latin(value), new_x="LMARGIN", new_y="NEXT")

    def _text(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
        height: float,
    ) -> None:
        self.set_font("Helvetica", "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(0, height, _latin(text), new_x="LMARGIN", new_y="NEXT")

    def _rule(self) -> None:
        self.set_draw_color(*_LINE)
        self.line(22, self.get_y(), 188, self.get_y())
        self.ln(4)


def _latin(text: str) -> str:
    """Return a text in the letters that the page's fonts have."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _kernels(document: dict[str, Any]) -> list[dict[str, str]]:
    """Return the kernels of all steps, as they were recorded."""
    return [document["kernel"], *document.get("more_kernels", ())]


def _others(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Say what it was executed with where that is not what was recorded."""
    rows = []
    if other := document.get("other_delivery"):
        rows.append(
            ("Executed on / kørt på", f"snapshot {other['snapshot']['number']}")
        )
    if other := document.get("other_kernel"):
        rows.append(("Executed in / kørt i", other["name"]))
    return rows


def _start(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Say how its kernels were started, where one was."""
    start, forks = document.get("start"), document.get("unconfirmed_forks")
    rows = [("Started / startet", _STARTS[start])] if start else []
    if forks:
        said = f"before, {_UNCONFIRMED[forks]}: counts for nothing / gælder ikke"
        rows.append(("Forks / afgreninger", said))
    return rows


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
