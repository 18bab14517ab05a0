"""Which requests of a browser pass to the server of a workspace.

What is not named here does not pass: files, conversions, terminals, language servers,
extension managers, sharing, sign-in, and whatever a later version brings along.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode

from enclave.errors import PolicyRefusal


_READ = frozenset({"GET", "HEAD"})
_ALL = _READ | {"POST", "PUT", "PATCH", "DELETE"}

_ID = r"[0-9a-fA-F-]{36}"
_PAGE = re.compile(r"(lab|doc)(/?|/(tree|workspaces)(/.*)?)")

# Path below the workspace's prefix, methods. The first that fits counts.
_PASSING: tuple[tuple[str, frozenset[str]], ...] = (
    # JupyterLab itself.
    (_PAGE.pattern, _READ),
    (r"(static|lab/extensions)/.+", _READ),
    (r"lab/api/(settings|workspaces)(/.*)?", _ALL),
    (r"lab/api/(translations|themes|licenses|listings)(/.*)?", _READ),
    (r"lab/api/build", frozenset({"GET"})),  # Lab asks whether it is complete
    (r"kernelspecs/[\w.-]+/[\w.-]+", _READ),
    (r"favicon\.ico", _READ),
    # The server's API.
    (r"api/?", _READ),
    (r"api/(status|me|kernelspecs(/[\w.-]+)?)", _READ),
    (r"api/config/[\w@/-]+", frozenset({"GET", "PATCH", "PUT"})),
    (r"api/contents(/.*)?", _ALL),
    (r"api/sessions(/[\w-]+)?", _ALL),
    (rf"api/kernels(/{_ID}(/(interrupt|restart))?)?", _ALL),
    (rf"api/kernels/{_ID}/channels", frozenset({"GET"})),
    (r"api/events/subscribe", frozenset({"GET"})),
    (r"api/metrics/v1(/.*)?", _READ),
    # The enclave's own extensions.
    (r"enclave/.+", _ALL),
)

_SOCKETS = re.compile(rf"api/(kernels/{_ID}/channels|events/subscribe)")
_PROGRAM = re.compile(r"(static|lab/extensions|kernelspecs)/|favicon\.ico")

# What is written and read as text. Data are read in a notebook; what leaves, leaves
# by the airlock.
_TEXTS = frozenset(
    {
        *("ipynb", "py", "r", "rmd", "qmd", "md", "txt", "sas", "do", "sql", "jl"),
        *("json", "yml", "yaml", "toml", "cfg", "ini", "bib", "tex", "html", "css"),
        *("log", "sh", "js"),
    }
)


@dataclass(frozen=True)
class Passing:
    """A request that passes.

    Attributes
    ----------
    path
        Below the prefix, with its query.
    page, program, socket
        Whether it is a page for the frame, a part of JupyterLab that is the same for
        everybody, a WebSocket.
    folder
        Whether it only passes for a folder, and a file of that name is refused.
    """

    path: str
    page: bool
    program: bool
    socket: bool
    folder: bool


def passing(method: str, path: str, query: str) -> Passing:
    """Let a request pass.

    Parameters
    ----------
    path
        Below the prefix of the workspace, as the browser sent it.
    query
        Without its question mark.

    Raises
    ------
    PolicyRefusal
        With the reason, if it does not.
    """
    plain = _plain(path)
    methods = next(
        (methods for form, methods in _PASSING if re.fullmatch(form, plain)),
        frozenset[str](),
    )
    if method not in methods:
        raise PolicyRefusal(_reason(plain))
    pairs = parse_qsl(query, keep_blank_values=True)
    asked = [(name, value) for name, value in pairs if name != "token"]
    folder = plain.startswith("api/contents") and method in _READ
    folder = folder and not _is_text(plain, dict(asked))
    if folder:
        asked = [(n, v) for n, v in asked if n not in {"type", "format"}]
        asked.append(("type", "directory"))
    socket = bool(_SOCKETS.fullmatch(plain))
    if not socket and _is_done_unasked(method, plain):
        asked.append(("no_track_activity", "1"))
    return Passing(
        path=f"{path}?{urlencode(asked)}" if asked else path,
        page=bool(_PAGE.fullmatch(plain)),
        program=bool(_PROGRAM.match(plain)),
        socket=socket,
        folder=folder,
    )


def _is_done_unasked(method: str, path: str) -> bool:
    """Return whether an open page does this whether or not somebody sits before it.

    It looks at kernels, sessions and folders every few seconds, and writes down how it
    is laid out.
    """
    return path.startswith("lab/api/") or (path.startswith("api/") and method in _READ)


def _plain(path: str) -> str:
    """Return a path as the server will understand it; refuse what is not plain."""
    plain = unquote(path)
    parts = plain.split("/")
    if (
        {".", ".."} & set(parts)
        or "" in parts[1:-1]
        or re.search(r"[\x00-\x1f\x7f\\]", plain)
        or re.search(r"%2f|%5c", path, re.IGNORECASE)
    ):
        raise PolicyRefusal("This address is not written plainly, so it was not asked.")
    return plain


def _is_text(path: str, asked: Mapping[str, str]) -> bool:
    """Return whether what is asked for is a text, or about a file and not in it.

    A name does not tell a folder from a file of data. What is no text is asked for as
    a folder, and the server refuses where there is a file of that name.
    """
    if path.endswith("/checkpoints") or asked.get("content") == "0":
        return True
    name = path.rsplit("/", 1)[-1].lower()
    text = "." in name and name.rpartition(".")[2] in _TEXTS
    return text and asked.get("format") != "base64"


RAW = (
    "Files do not leave a workspace through the browser, and are not shown raw. Read"
    " data in a notebook; put what you want to take out into /project/outbox and ask"
    " for its release."
)


def _reason(path: str) -> str:
    first = path.split("/", 1)[0]
    if first in {"files", "nbconvert", "view"} or path.startswith("api/nbconvert"):
        return RAW
    if first == "terminals" or path.startswith("api/terminals"):
        return "There are no terminals here. Run commands in a cell, after a “!”."
    if path.startswith(("lab/api/extensions", "lab/api/plugins")):
        return "Extensions are part of the released workspace: ask a data manager."
    return "A workspace does not answer this."
