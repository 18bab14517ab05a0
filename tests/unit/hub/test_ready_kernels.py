"""A kernel whose page cannot be made is of no use, and does not stay."""

import asyncio
from functools import partial

import pytest
from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from enclave.errors import HostError
from enclave_hub.dashboard import ready_kernels
from enclave_hub.dashboard.ready_kernels import ReadyKernels


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(ready_kernels, "LANGUAGES", ("en",))
    monkeypatch.setattr(ready_kernels, "PAUSE_SECONDS", 3600)
    return AsyncMultiKernelManager(connection_dir=str(tmp_path))


async def _visit(kernels, code):
    """Come while the page is code; return how many kernels were started, and stay."""
    started = []

    async def start():
        started.append(await kernels.start_kernel(kernel_name="python3"))
        return started[-1]

    ready = ReadyKernels(
        start, kernels.get_kernel, partial(kernels.shutdown_kernel, now=True)
    )
    ready.make(code)
    with pytest.raises(HostError, match="No kernel of this dashboard answers"):
        await ready.take("token", "en", "")
    there = kernels.list_kernel_ids()
    await kernels.shutdown_all(now=True)
    return len(started), there


@pytest.mark.parametrize("code", ["1 / 0", "'a page without a widget'"])
def test_a_kernel_whose_page_fails_is_ended(kernels, code):
    started, there = asyncio.run(_visit(kernels, code))

    assert started == 2
    assert there == []


PAGE = """
from IPython.display import display
from ipywidgets import HTML
from enclave_widgets import visit
visit.when_begun(lambda language, question: None)
display(HTML())"""


async def _restart_while_it_waits(kernels):
    ready = ReadyKernels(
        partial(kernels.start_kernel, kernel_name="python3"),
        kernels.get_kernel,
        partial(kernels.shutdown_kernel, now=True),
    )
    ready.make(PAGE)
    (first,) = [(await waiting).kernel for waiting in ready._waiting["en"]]
    # As Jupyter's restarter does when a kernel is killed.
    await kernels.restart_kernel(first, now=True)
    given = (await ready.take("token", "en", "")).kernel
    there = kernels.list_kernel_ids()
    await kernels.shutdown_all(now=True)
    return first, given, there


def test_a_kernel_that_was_started_again_has_no_page_to_give(kernels):
    first, given, there = asyncio.run(_restart_while_it_waits(kernels))

    assert given != first
    assert first not in there


async def _two_of_one_language(kernels):
    ready = ReadyKernels(
        partial(kernels.start_kernel, kernel_name="python3"),
        kernels.get_kernel,
        partial(kernels.shutdown_kernel, now=True),
    )
    ready.make(PAGE)
    given = [await ready.take("token", "en", "") for _ in range(2)]
    await asyncio.gather(*(one for those in ready._waiting.values() for one in those))
    await kernels.shutdown_all(now=True)
    return [one.language for one in given]


def test_no_kernel_of_another_language_is_given(kernels, monkeypatch):
    monkeypatch.setattr(ready_kernels, "LANGUAGES", ("da", "en"))

    assert asyncio.run(_two_of_one_language(kernels)) == ["en", "en"]
