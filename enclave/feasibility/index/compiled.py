"""Compile the loops over events, and keep what was compiled."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic


# Make a signed or an unsigned number of any, for a loop: one of them with one of the
# others is a float. An unsigned place is looked up at once; of a signed one it is asked
# each time whether it counts from the end, and a loop may take twice as long.
signed: Callable[[Any], int] = cast("Any", np.int64)
unsigned: Callable[[Any], np.uint64] = cast("Any", np.uint64)


def _digest() -> str:
    folder = Path(__file__).parent
    contents = b"".join(file.read_bytes() for file in sorted(folder.glob("*.py")))
    return hashlib.sha256(contents).hexdigest()[:16]


# What is kept holds also what it calls, of whichever file: a change of any is another
# place. Numba itself looks only at the file of the function.
_KEPT = next(
    (
        str(folder / f"kernels-{_digest()}")
        for folder in (
            Path(__file__).parent / "__pycache__",
            # As a text: whoever has no home has no such folder either.
            Path(os.path.expanduser("~/.cache/enclave")),  # noqa: PTH111
        )
        if os.access(folder if folder.exists() else folder.parent, os.W_OK)
    ),
    "",
)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop that holds no lock of the interpreter."""
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, _KEPT
    try:
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # Nowhere to keep compiled code: neither beside this file nor in the home.
        made = numba.njit(nogil=True)(function)
    finally:
        config.CACHE_DIR = before
    return made


@intrinsic
def _lowest_bit(_: Any, __: Any) -> tuple[Any, Callable[..., Any]]:
    def written(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), written


# Returns the place of the lowest bit of a word that is one.
lowest_bit: Any = _lowest_bit


@intrinsic
def _number_of_ones(_: Any, __: Any) -> tuple[Any, Callable[..., Any]]:
    def written(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), written


# Returns how many bits of a word are one.
number_of_ones: Any = _number_of_ones


def _load(bits: int) -> Any:
    def loading(_: Any, file: Any, __: Any) -> tuple[Any, Callable[..., Any]]:
        def written(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(signature.args[0])(
                context, builder, arguments[0]
            )
            wide, narrow = ir.IntType(64), ir.IntType(bits)
            place = builder.gep(array.data, [arguments[1]])
            place = builder.bitcast(place, narrow.as_pointer())
            number = builder.load(place, align=1)
            return builder.zext(number, wide) if bits < wide.width else number

        return types.uint64(file, types.uint64), written

    return intrinsic(loading)


# Return the number of 16, 32 or 64 bits that begins at a byte of a file, wherever that
# lies. Nobody looks whether the file is long enough: the caller must.
half_at: Any = _load(16)
number_of_32_bits_at: Any = _load(32)
word_at: Any = _load(64)
