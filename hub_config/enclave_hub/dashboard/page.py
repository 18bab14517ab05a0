"""The page of a dashboard: its first frame at once, the rest once a kernel is given.

Voila executes a notebook for each visitor. Ours is executed before anybody comes
(:mod:`~enclave_hub.dashboard.ready_kernels`), so that its page is always the same but
for two ids. It is rendered once for each language, with gaps.
"""

from collections.abc import AsyncIterator
from html import escape
from typing import Any

from nbformat import NotebookNode
from voila.notebook_renderer import NotebookRenderer
from voila.tornado.handler import TornadoVoilaHandler
from voila.utils import get_page_config

from enclave.errors import HostError
from enclave_hub.dashboard.kernels import Visitor, VisitorKernels
from enclave_hub.dashboard.ready_kernels import WIDGET


# The setting that says below which address the scripts of the page lie.
SCRIPTS = "enclave_scripts"

_KERNEL, _MODEL = "the-kernel-of-the-visitor", "the-widget-of-the-kernel"
# The first frame ends where the page speaks of its kernel.
_REST = '<script id="jupyter-config-data"'


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
        token = await kernels.admit(visitor)
        first, rest = await self._rendered(visitor.language)
        self.set_header("Content-Type", "text/html")
        self.set_header("Cache-Control", "no-store")
        yield first
        try:
            ready = await kernels.give(visitor, token)
        except HostError as error:
            yield f'<p role="alert">{escape(str(error))}</p>'
            return
        yield rest.replace(_KERNEL, ready.kernel).replace(_MODEL, ready.widget)

    async def _rendered(self, language: str) -> tuple[str, str]:
        """Return the page in a language: the first frame, and the rest."""
        pages: dict[str, tuple[str, str]] = self.settings.setdefault("pages", {})
        if language not in pages:
            renderer = self._renderer()
            await renderer.initialize()
            renderer.notebook.metadata["language"] = language
            page = await renderer.generate_content_str()
            first, rest = page.split(_REST, 1)
            pages[language] = first, _REST + rest
        return pages[language]

    def _renderer(self) -> _WithGaps:
        config = get_page_config(
            base_url=self.base_url,
            settings=self.settings,
            log=self.log,
            voila_configuration=self.voila_configuration,
        )
        config["fullStaticUrl"] = self.settings[SCRIPTS]
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
