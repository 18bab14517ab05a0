"""The page of a dashboard: what is seen of it at once, its kernel once one is given.

Voila executes a notebook for each visitor. Ours is executed before anybody comes
(:mod:`~enclave_hub.dashboard.ready_kernels`), so that its page is always the same but
for two ids. It is rendered once for each language, with gaps, and holds what its
widgets are like: the browser draws them while the kernel is still on its way.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from nbformat import NotebookNode
from voila.notebook_renderer import NotebookRenderer
from voila.tornado.handler import TornadoVoilaHandler
from voila.utils import get_page_config

from enclave_hub.dashboard.kernels import (
    FullError,
    HasteError,
    Visitor,
    VisitorKernels,
)
from enclave_hub.dashboard.ready_kernels import WIDGET, Ready


_LOG = logging.getLogger(__name__)

_KERNEL, _MODEL = "the-kernel-of-the-visitor", "the-widget-of-the-kernel"
# Why a page gets no kernel.
_FULL = {
    "da": "For mange har denne side åben. Prøv igen om nogle minutter.",
    "en": "Too many people have this page open. Try again in a few minutes.",
}
_HASTE = {
    "da": "Du åbner for mange sider på én gang. Åbn denne igen om et øjeblik.",
    "en": "You are opening too many pages at once. Open this one again in a moment.",
}
_NO_KERNEL = {
    "da": "Siden kan ikke tages i brug lige nu: der kan ikke startes en kerne til den."
    " Prøv igen om lidt; sig det til datamanagerne, hvis det bliver ved.",
    "en": "The page cannot be used just now: no kernel can be started for it. Try again"
    " in a moment; if it stays so, tell the data managers.",
}

# Said while a kernel is on its way: a browser is not told that its connection is cut.
_STILL = "<script>window.stillComing?.()</script>\n"
STILL_SECONDS = 5.0

# What can be said without a kernel ends here.
_REST = "<script>giveKernel("


class _WithGaps(NotebookRenderer):  # type: ignore[misc]  # Voila ships no types
    """Renders a notebook without executing it."""

    async def _jinja_kernel_start(self, nb: NotebookNode, **_given: Any) -> str:
        del nb
        return _KERNEL

    async def _jinja_cell_generator(
        self, nb: NotebookNode, _kernel: str
    ) -> AsyncIterator[NotebookNode]:
        for cell in nb.cells:
            if cell.cell_type == "code":
                shown = {WIDGET: {"model_id": _MODEL, "version_major": 2}}
                output = {"output_type": "display_data", "data": shown, "metadata": {}}
                cell.update(outputs=[output])
            yield cell


class DashboardPage(TornadoVoilaHandler):  # type: ignore[misc]  # Voila ships no types
    """Shows a visitor the page of a kernel of their own."""

    async def get_generator(self, path: str | None = None) -> AsyncIterator[str]:
        """Yield the page in two parts, and what says that the second is on its way."""
        if path:
            self.redirect_to_file(path)
            return
        kernels: VisitorKernels = self.kernel_manager
        visitor = Visitor.of(self)
        first, rest = await self._rendered(visitor.language)
        self.set_header("Content-Type", "text/html")
        self.set_header("Cache-Control", "no-store")
        yield first
        async for part in second(kernels.give(visitor), rest, visitor.language):
            yield part

    async def _rendered(self, language: str) -> tuple[str, str]:
        """Return the page in a language: what is seen at once, and the rest."""
        pages: dict[str, tuple[str, str]] = self.settings.setdefault("pages", {})
        if language in pages:
            return pages[language]
        kernels: VisitorKernels = self.kernel_manager
        picture = kernels.picture(language)
        renderer = self._renderer()
        await renderer.initialize()
        renderer.notebook.metadata.update(language=language, before=picture)
        page = await renderer.generate_content_str()
        first, rest = page.split(_REST, 1)
        rendered = first, _REST + rest
        if picture is not None:  # the first visitor may come before there is one
            pages[language] = rendered
        return rendered

    def _renderer(self) -> _WithGaps:
        config = get_page_config(
            base_url=self.base_url,
            settings=self.settings,
            log=self.log,
            voila_configuration=self.voila_configuration,
        )
        return _WithGaps(
            voila_configuration=self.voila_configuration,
            traitlet_config=self.traitlet_config,
            notebook_path=self.notebook_path,
            template_paths=self.template_paths,
            contents_manager=self.contents_manager,
            kernel_spec_manager=self.kernel_spec_manager,
            base_url=self.base_url,
            page_config=config,
            mathjax_config="",
            mathjax_url="",
        )


async def second(
    kernel: Coroutine[Any, Any, Ready], rest: str, language: str
) -> AsyncIterator[str]:
    """Yield signs that a kernel is on its way, and then it, or why there is none."""
    giving = asyncio.ensure_future(kernel)
    while not (await asyncio.wait({giving}, timeout=STILL_SECONDS))[0]:
        yield _STILL
    error = giving.exception()
    if error is None:
        ready = giving.result()
        yield rest.replace(_KERNEL, ready.kernel).replace(_MODEL, ready.widget)
        return
    # Whatever it is: the page is seen already, and waits for one or the other. Its kind
    # only, for its words may hold what the visitor has asked.
    _LOG.warning("A page of a dashboard gets no kernel: %s", type(error).__name__)
    yield f"{_REST}{json.dumps({'failed': _said(error, language)})})</script>"


def _said(error: BaseException, language: str) -> str:
    """Say why a page gets no kernel, in the words of its visitor."""
    words: dict[type[BaseException], dict[str, str]] = {
        FullError: _FULL,
        HasteError: _HASTE,
    }
    return words.get(type(error), _NO_KERNEL)[language]
