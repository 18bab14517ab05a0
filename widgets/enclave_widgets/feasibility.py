"""The feasibility dashboard, which tells how many patients there are.

It holds no rule of protection. It asks the portal as its visitor, and the portal sends
what the visitor may see. What arrives from the browser is checked here nevertheless
(:mod:`enclave_widgets.selection`), so that a forged message is at most no message.
"""

from datetime import date

from IPython.display import display

from enclave.clock import Clock, now
from enclave.cohort.packing import unpack
from enclave.cohort.question import Question
from enclave.errors import InputError
from enclave.feasibility.answers import PolicyAnswer
from enclave_widgets import rules, visit
from enclave_widgets.client import PortalClient
from enclave_widgets.frame import Frame
from enclave_widgets.history import History
from enclave_widgets.latest import Latest, Request
from enclave_widgets.page import Page
from enclave_widgets.selection import Selection
from enclave_widgets.words import Language, preferred_language


class FeasibilityDashboard:
    """Choose patients, see about how many there are.

    Show it as the last line of a notebook cell; it loads the rest by itself, in the
    kernel's event loop.

    Parameters
    ----------
    client
        The portal, as the visitor; by default as whoever started this kernel says.
    language
        ``en`` or ``da`` to begin with, by default that of the browser; the visitor
        can switch.
    link
        The question to begin with, as it stands in a shared address; empty for none.
    policy
        The rules of the gate, where they are known beforehand: then the page is there
        at once, and the portal is asked for nothing but what is shown.
    """

    def __init__(
        self,
        client: PortalClient | None = None,
        *,
        language: Language | None = None,
        link: str = "",
        policy: PolicyAnswer | None = None,
        clock: Clock = now,
    ) -> None:
        self._client = client or PortalClient.from_environment()
        self._link = link
        self._age_on = date(clock().year, 1, 1)
        self._policy = policy
        self._loading: Latest[PolicyAnswer] = Latest()
        self.page: Page | None = None
        language = language or preferred_language()
        self.frame = Frame(
            language, lambda words: (words.title, words.lead), self._language_chosen
        )
        self.load()
        if visit.is_ahead():
            visit.when_begun(self._visited)

    def _ipython_display_(self) -> None:
        display(self.frame.view)  # type: ignore[no-untyped-call]  # IPython leaves it so

    @property
    def question(self) -> Question:
        """What is chosen now, to go on with in Python.

        Raises
        ------
        ValueError
            While it cannot be asked: an age range that ends before it begins.
        """
        return self.page.editor.selection.question() if self.page else Question()

    def load(self) -> None:
        """Load the rules of the gate, from which the menus are made."""
        self._client.speak(self.frame.language)
        if self._policy is not None:
            self._loaded(self._policy)
            return
        self.frame.put_waiting()
        self._loading.start(
            Request(self._client.policy, self._loaded, self._not_loaded)
        )

    def _loaded(self, policy: PolicyAnswer) -> None:
        self._policy = policy
        self._open(
            Page(
                self._client,
                self.frame.language,
                policy,
                Selection(policy.rules.grammar, self._age_on),
                History(),
            )
        )
        self._follow_link()

    def _visited(self, _language: str, question: str) -> None:
        self._link = question
        self._follow_link()

    def _follow_link(self) -> None:
        """Begin with the question of a shared address."""
        if self._link and self.page is not None:
            try:
                self.page.use(unpack(self._link))
            except InputError as error:
                said = rules.refused(error, self.frame.language)
                self.page.editor.message.value = said

    def _not_loaded(self, error: Exception) -> None:
        self.frame.put_failure(error, self.load)

    def _language_chosen(self) -> None:
        self._client.speak(self.frame.language)
        if self.page is None or self._policy is None:
            self.load()
            return
        before = self.page
        page = Page(
            self._client,
            self.frame.language,
            self._policy,
            before.editor.selection,
            before.editor.history,
        )
        page.follow(before)
        self._open(page)

    def _open(self, page: Page) -> None:
        self.page = page
        self.frame.put(page.view)
