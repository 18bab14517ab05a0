"""The page of a dashboard: what is seen of it at once, its kernel once one is given.

Voila executes a notebook for each visitor. Ours is executed before anybody comes
(:mod:`~enclave_hub.dashboard.ready_kernels`), so that its page is always the same but
for two ids. It is rendered once for each language, with gaps, and holds what its
widgets are like: the browser draws them while the kernel is still on its way.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

from nbformat import NotebookNode
from tornado import web
from voila.notebook_renderer import NotebookRenderer
from voila.tornado.handler import TornadoVoilaHandler
from voila.utils import get_page_config

from enclave.errors import HostError
from enclave_hub.dashboard.kernels import FullError, Visitor, VisitorKernels
from enclave_hub.dashboard.ready_kernels import WIDGET


_KERNEL, _MODEL = "the-kernel-of-the-visitor", "the-widget-of-the-kernel"
# Why a page gets no kernel.
_FULL = {
    "da": "For mange har denne side åben. Prøv igen om nogle minutter.",
    "en": "Too many people have this page open. Try again in a few minutes.",
}
_NO_KERNEL = {
    "da": "Siden kan ikke tages i brug lige nu: der kan ikke startes en kerne til den."
    " Prøv igen om lidt; sig det til datamanagerne, hvis det bliver ved.",
    "en": "The page cannot be used just now: no kernel can be started for it. Try again"
    " in a moment; if it stays so, tell the data managers.",
}

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
        """Yield the page in two parts."""
        if path:
            self.redirect_to_file(path)
            return
        kernels: VisitorKernels = self.kernel_manager
        visitor = Visitor.of(self)
        first, rest = await self._rendered(visitor.language)
        self.set_header("Content-Type", "text/html")
        self.set_header("Cache-Control", "no-store")
        yield first
        try:
            token = await kernels.admit(visitor)
            ready = await kernels.give(visitor, token)
        except (HostError, web.HTTPError) as error:
            said = _said(error, visitor.language)
            yield f"{_REST}{json.dumps({'failed': said})})</script>"
            return
        yield rest.replace(_KERNEL, ready.kernel).replace(_MODEL, ready.widget)

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


def _said(error: Exception, language: str) -> str:
    """Say why a page gets no kernel, in the words of its visitor."""
    return (_FULL if isinstance(error, FullError) else _NO_KERNEL)[language]
