"""The program of a warm parent of kernels: load, then be forked into kernels.

Run by path, by the Python of a released kernel, in a sandbox without data, keys or
network: ``python forked_kernel.py ROOT MODULE...``. ROOT is the folder that holds our
package ``enclave``, of which a kernel must know nothing; the modules are loaded.

What a fork computes must not tell it from a kernel that started cold. So a module is
left out, and everything loaded anew without it, if loading it can be noticed: because
it prints or warns, keeps a file open, or starts a thread that does not survive a fork.
What loading does to the home and to the filters of warnings is done again in the fork,
where a kernel that started cold has it after its first import; random numbers are
seeded again.
"""

import atexit
import builtins
import ctypes
import gc
import importlib
import importlib.util
import io
import itertools
import multiprocessing
import os
import random  # noqa: TID251 - not to draw from it: to have forks draw apart
import sys
import threading
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from types import SimpleNamespace


# What a kernel loads before its first cell.
_KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.core.logger",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "sqlite3",
    "encodings.idna",
)

# Threads of memory allocators and of Polars, asleep unless called, which need not go on
# in a fork or begin anew there.
_HARMLESS = {"jemalloc_bg_thd", "polars-ooc-clea"}

_BACKEND = "module://matplotlib_inline.backend_inline"


class _ZMQInteractiveShell:
    """What libraries look for that ask, when they are loaded, where they are.

    pandas for one shows other tables in a terminal.
    """

    kernel = True


class _BeforeLibraries:
    """What ``sys`` is to a kernel while it begins: without the libraries.

    It makes a list of all modules, to tell its own from the notebook's. In a kernel
    that started cold no library is there yet, and to look at each copies its memory.
    """

    def __init__(self) -> None:
        files = [getattr(module, "__file__", None) for module in sys.modules.values()]
        # New ones, side by side.
        self.modules = {
            number: SimpleNamespace(__file__="".join([*file]))
            for number, file in enumerate(filter(None, files))
        }

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


class _Noticed(Exception):  # noqa: N818 - not an error: somebody would have seen it
    """Loading a module left a trace that a kernel's first cell would show."""


def main(root: str, modules: list[str]) -> None:
    """Load, serve, and in each fork be a kernel."""
    flags = sys.orig_argv[1 : sys.orig_argv.index(sys.argv[0])]
    folder = sys.path.pop(0)  # of this file
    sys.path.append(root)  # last: it may hold other packages
    forking = importlib.import_module("enclave.sandbox.forking")
    joining = importlib.import_module("enclave.sandbox.joining")
    sys.path.remove(root)
    for name in [name for name in sys.modules if name.partition(".")[0] == "enclave"]:
        del sys.modules[name]
    for name in _KERNEL:
        importlib.import_module(name)
    before, without = list(warnings.filters), _BeforeLibraries()
    # As a kernel says before its first cell; Matplotlib reads it when it is loaded.
    os.environ["MPLBACKEND"] = _BACKEND
    vars(builtins)["get_ipython"] = _ZMQInteractiveShell
    for name in modules:
        try:
            _load(name)
        except Exception:  # noqa: BLE001 - whatever it is, it is not to be there
            others = [each for each in modules if each != name]
            again = [sys.executable, *flags, f"{folder}/{Path(__file__).name}", root]
            os.execv(sys.executable, [*again, *others])  # noqa: S606 - itself, anew
    del os.environ["MPLBACKEND"], vars(builtins)["get_ipython"]
    added = [each for each in warnings.filters if each not in before]
    warnings.filters[:] = before  # type: ignore[index]
    home = _files_in(Path.home())
    client = joining.own_end()
    gc.collect()
    # Counting references would otherwise copy what the forks can share.
    gc.freeze()
    born = forking.serve(client)
    if born is not None:
        _lay(home)
        _seed_again()
        _be_a_kernel(born.told["connection"], flags, without, added)


def _load(name: str) -> None:
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        return  # this kernel has none
    printed, files = io.StringIO(), _open_files()
    with redirect_stdout(printed), redirect_stderr(printed):
        importlib.import_module(name)
    if printed.getvalue() or _open_files() != files or _threads() - _HARMLESS:
        raise _Noticed(name)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _threads() -> set[str]:
    """Return the names of all threads but the first."""
    others = Path("/proc/self/task").glob("[0-9]*/comm")
    return {
        file.read_text().strip()
        for file in others
        if file.parent.name != str(os.getpid())
    }


def _files_in(folder: Path) -> dict[Path, bytes | None]:
    """Return what loading left in the home: files, and None for folders."""
    return {
        path: None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def _lay(files: dict[Path, bytes | None]) -> None:
    for path, content in files.items():
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)


def _seed_again() -> None:
    """Draw apart from every other fork, as processes do that start cold."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    multiprocessing.current_process().authkey = os.urandom(32)
    threading._counter = itertools.count(1).__next__  # type: ignore[attr-defined]  # noqa: SLF001 - names threads


def _be_a_kernel(
    connection: str,
    flags: list[str],
    without: _BeforeLibraries,
    added: Sequence[object],
) -> None:
    """Go on where ``python -m ipykernel_launcher -f CONNECTION`` does."""
    launcher = importlib.util.find_spec("ipykernel_launcher")
    given = ["-f", connection]
    sys.argv[:] = [str(launcher and launcher.origin), *given]
    sys.orig_argv[:] = [sys.executable, *flags, "-m", "ipykernel_launcher", *given]
    warnings.onceregistry.clear()  # type: ignore[attr-defined]
    application = sys.modules["ipykernel.kernelapp"].IPKernelApp.instance()
    kernel = vars(sys.modules["ipykernel.ipkernel"])
    kernel["sys"] = without
    application.initialize(given)
    kernel["sys"] = sys
    sys.modules["__mp_main__"] = sys.modules["__main__"]
    # A kernel that starts cold gets these with its first import, so before its own.
    warnings.filters[:0] = added  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - forget what was shown
    application.start()
    _end()


def _end() -> None:
    """Do what Python does at its end, but for taking apart what the forks share.

    That would copy all of it, which takes as long as half a notebook. What belongs to
    this fork alone is ended: threads, handlers, the notebook's own objects, and files
    that nobody closed.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - Python's own order
    atexit._run_exitfuncs()  # noqa: SLF001 - ditto; IPython clears its namespace there
    gc.collect()
    for each in gc.get_objects():
        if isinstance(each, io.IOBase):
            with suppress(OSError, ValueError):
                each.flush()
    ctypes.CDLL(None).fflush(None)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
