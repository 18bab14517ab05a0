"""The filters, read as programs; what they do in use is tried in tests/security."""

import struct

import pyseccomp
import pytest

from enclave.sandbox import seccomp


ALLOW, KILL = 0x7FFF0000, 0x80000000


@pytest.mark.parametrize("name", [*seccomp._NEVER, *seccomp._NESTING])
def test_every_refused_call_is_one_that_exists(name):
    # Calls of other machines have numbers below -100; -1 is a name nobody knows.
    assert pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) != -1


@pytest.mark.parametrize("arch", ["X86_64", "AARCH64"])
@pytest.mark.parametrize(
    "name", ["ptrace", "process_vm_readv", "bpf", "keyctl", "io_uring_setup", "unshare"]
)
def test_the_names_mean_something_on_both_machines(arch, name):
    number = pyseccomp.resolve_syscall(getattr(pyseccomp.Arch, arch), name)

    assert 0 <= number < seccomp._LAST_KNOWN_CALL


def test_the_filters_are_whole_instructions():
    for program in seccomp.filters(allow_nested=False):
        assert len(program) % 8 == 0
        assert len(program) // 8 <= 4096  # BPF_MAXINSNS


def test_a_foreign_machine_interface_is_deadly():
    by_name, _ = seccomp.filters(allow_nested=False)

    assert KILL in _answers(by_name)


def test_what_nobody_reviewed_is_refused():
    _, unknown = seccomp.filters(allow_nested=False)

    assert _answer(unknown, seccomp._LAST_KNOWN_CALL) == ALLOW
    assert _answer(unknown, seccomp._LAST_KNOWN_CALL + 1) == 0x00050000 | 38  # ENOSYS
    assert _answer(unknown, 0x40000000 + 39) == 0x00050000 | 38


def test_a_sandbox_that_builds_others_may_call_more():
    strict, _ = seccomp.filters(allow_nested=False)
    nesting, _ = seccomp.filters(allow_nested=True)

    assert len(nesting) < len(strict)


def _instructions(program: bytes):
    return list(struct.iter_unpack("=HBBI", program))


def _answers(program: bytes) -> set[int]:
    return {value for code, _, _, value in _instructions(program) if code == 0x06}


def _answer(program: bytes, call: int) -> int:
    """Interpret a program of loads of the call number, comparisons and answers."""
    instructions, place = _instructions(program), 0
    while True:
        code, if_true, if_false, value = instructions[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x25:
            place += if_true if call > value else if_false
        else:
            assert (code, value) == (0x20, 0)
