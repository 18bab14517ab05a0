"""Compile the loops over events, and keep what was compiled."""

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop that holds no lock of the interpreter."""
    try:
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # Nowhere to keep compiled code: neither beside this file nor in the home.
        made = numba.njit(nogil=True)(function)
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
