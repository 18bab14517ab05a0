"""The dashboard of re-runs: whether the archive is well, verdicts, and requests."""

from IPython.display import display

from enclave.portal.reruns.answers import OverviewAnswer
from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.client import PortalClient
from enclave_widgets.frame import Frame
from enclave_widgets.latest import Latest, Request
from enclave_widgets.plain import HTML, Button, VBox
from enclave_widgets.reruns_markup import RerunsMarkup
from enclave_widgets.words import WORDS, Language, preferred_language


class RerunsDashboard:
    """See how re-runs stand, what came of them, and how that changes.

    Show it as the last line of a notebook cell; it loads the rest by itself. Re-runs
    are asked for in the portal.

    Parameters
    ----------
    client
        The portal, as the visitor; by default as whoever started this kernel says.
    language
        ``en`` or ``da`` to begin with, by default that of the browser; the visitor
        can switch.
    """

    def __init__(
        self, client: PortalClient | None = None, *, language: Language | None = None
    ) -> None:
        self._client = client or PortalClient.from_environment()
        self._loading: Latest[OverviewAnswer] = Latest()
        self.frame = Frame(
            language or preferred_language(),
            lambda words: (words.reruns_title, words.reruns_lead),
            self.load,
        )
        self.frame.put_waiting()
        self.load()

    def _ipython_display_(self) -> None:
        display(self.frame.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    def load(self) -> None:
        """Load what there is now."""
        ask = Request(self._client.reruns, self._loaded, self._not_loaded)
        self._loading.start(ask)

    def _loaded(self, overview: OverviewAnswer) -> None:
        words, write = WORDS[self.frame.language], RerunsMarkup(self.frame.language)
        again = Button(description=words.look_again)
        again.on_click(lambda _: self.load())
        page = VBox(
            [
                card(HTML(write.health(overview)), again),
                card(
                    HTML(markup.heading(words.verdicts_by_month)),
                    HTML(write.trend(overview.months)),
                ),
                card(
                    HTML(markup.heading(words.last_requests)),
                    HTML(write.requests(overview.reruns)),
                ),
            ]
        )
        page.add_class("enc-column")
        self.frame.put(page)

    def _not_loaded(self, error: Exception) -> None:
        self.frame.put_failure(error, self.load)
