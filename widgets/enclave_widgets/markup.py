"""The parts of the page that are shown and not clicked, as HTML and inline SVG.

Everything that is not written in this file goes through :func:`html.escape`, also what
the portal answers: labels come from source systems, and errors may repeat a label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import in_words, probable_range
from enclave.feasibility.answers import BudgetAnswer, ComposedAnswer, StepAnswer
from enclave_widgets.words import WORDS, Language


LONG_TEXT = 600


@dataclass(frozen=True)
class Markup:
    """Writes for one language, under one set of rules."""

    language: Language
    policy: Policy

    def answer(self, value: int | None, footnotes: Sequence[str]) -> str:
        """Write a count, large, with what there is to say about it."""
        words = WORDS[self.language]
        if value is None:
            around = words.why_hidden.format(threshold=self.policy.threshold)
        else:
            low, high = map(self._number, probable_range(value, self.policy))
            around = words.within.format(low=low, high=high)
        notes = "".join(f"<p>{escape(note)}</p>" for note in footnotes)
        return (
            f'<div role="status"><p class="enc-number">{escape(self._number(value))}'
            f" <span>{escape(words.patients)}</span></p>"
            f"<p>{escape(around)}</p>{notes}</div>"
        )

    def attrition(self, steps: Sequence[StepAnswer]) -> str:
        """Write the steps as a table with a bar in each row."""
        words = WORDS[self.language]
        largest = max(step.value or self.policy.threshold for step in steps)
        _, most = probable_range(largest, self.policy)
        rows = "".join(self._step(step, most) for step in steps)
        return (
            f'<table class="enc-steps"><caption>{escape(words.attrition)}</caption>'
            '<colgroup><col class="enc-what"><col><col class="enc-many"></colgroup>'
            f'<thead class="enc-unseen"><tr><th scope="col">{escape(words.step)}</th>'
            f'<td></td><th scope="col">{escape(words.patients)}</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
            f'<p class="enc-note">{escape(words.attrition_note)}</p>'
        )

    def budget(self, budget: BudgetAnswer) -> str:
        """Write what is left, with a bar."""
        left, used, composed = map(escape, self.budget_in_words(budget))
        share = 100 * budget.left / budget.limit_30_days
        return (
            f'<p class="enc-left">{left}</p>'
            f'<svg class="enc-gauge" viewBox="0 0 100 4" preserveAspectRatio="none"'
            f' aria-hidden="true"><rect class="enc-track" width="100" height="4"/>'
            f'<rect class="enc-bar" width="{share:.1f}" height="4"/></svg>'
            f'<p class="enc-note">{used}</p><p class="enc-composed">{composed}</p>'
        )

    def budget_in_words(self, budget: BudgetAnswer) -> tuple[str, str, str]:
        """Say what is left, what was used, and how many composed questions are left."""
        words = WORDS[self.language]
        left = words.budget_left.format(left=budget.left)
        if budget.left == 0 and budget.more_at:
            left = words.budget_gone.format(day=f"{budget.more_at:%Y-%m-%d}")
        used = words.budget_used.format(
            month=budget.used_30_days,
            month_limit=budget.limit_30_days,
            year=budget.used_year,
            year_limit=budget.limit_year,
        )
        return left, used, self._composed(budget.composed)

    def _composed(self, composed: ComposedAnswer) -> str:
        words = WORDS[self.language]
        if composed.left == 0 and composed.more_at:
            return words.composed_gone.format(day=f"{composed.more_at:%Y-%m-%d}")
        return words.budget_composed.format(
            left=composed.left, limit=composed.limit_30_days
        )

    def _number(self, value: int | None) -> str:
        return in_words(value, self.policy, self.language)

    def _step(self, step: StepAnswer, most: int) -> str:
        label = step.label_da if self.language == "da" else step.label_en
        if step.value is None:
            width = _share(self.policy.threshold, most)
            bar = f'<rect class="enc-hidden" width="{width}" height="8"/>'
        else:
            ends = probable_range(step.value, self.policy)
            low, wide = _share(ends[0], most), _share(ends[1] - ends[0], most)
            bar = (
                f'<rect class="enc-bar" width="{_share(step.value, most)}" height="8"/>'
                f'<rect class="enc-range" x="{low}" width="{wide}" height="8"/>'
            )
        return (
            f'<tr><th scope="row">{escape(label)}</th><td>'
            '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="enc-track" width="100" height="8"/>{bar}</svg></td>'
            f'<td class="enc-value">{escape(self._number(step.value))}</td></tr>'
        )


def style() -> str:
    """Return the style sheet, for one ``HTML`` widget of the page, and its script.

    A script of its own would not be run in HTML that comes later; this one is.
    """
    sheets = sheet("answers.css") + sheet("style.css")
    return f'<style onload="{escape(sheet("live.js"))}">{sheets}</style>'


def sheet(name: str) -> str:
    """Return a style sheet of ours, or the script that goes with it."""
    return (resources.files("enclave_widgets") / name).read_text(encoding="utf-8")


def heading(text: str, *, level: int = 2) -> str:
    """Write a heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def note(text: str) -> str:
    """Write something small."""
    return f'<p class="enc-note">{escape(text)}</p>'


def paragraph(text: str) -> str:
    """Write a paragraph."""
    return f"<p>{escape(text)}</p>"


def at_length(text: str) -> str:
    """Write a paragraph; one of many codes takes no more room than others."""
    return paragraph(text) if len(text) <= LONG_TEXT else preformatted(text)


def code(code: str, label: str, *, lead: str = "") -> str:
    """Write a code with what it is called, perhaps after a word such as "or"."""
    before = f'<span class="enc-or">{escape(lead)}</span> ' if lead else ""
    return f"<p>{before}<code>{escape(code)}</code> {escape(label)}</p>"


def badge(text: str) -> str:
    """Write a small heading."""
    return f'<h4 class="enc-badge">{escape(text)}</h4>'


def label(text: str, of: str) -> str:
    """Write the label of a control: what it is, and unseen, of which criterion."""
    return f'{escape(text)}<span class="enc-unseen"> · {escape(of)}</span>'


def alarm(text: str) -> str:
    """Write what has to be mended, small."""
    return f'<p class="enc-alarm" role="alert">{escape(text)}</p>'


def link(address: str, text: str) -> str:
    """Write a link that looks like a button."""
    return f'<a class="enc-link" href="{escape(address)}">{escape(text)}</a>'


def copy_button(text: str, done: str) -> str:
    """Write a button that copies the text field in front of it.

    Without a widget of its own, for which a browser would have to load a library. The
    older of the two ways to copy, as the newer one needs HTTPS.
    """
    script = (
        "const field = this.closest('.enc-json').querySelector('textarea');"
        " field.select(); document.execCommand('copy');"
        " this.nextElementSibling.textContent = this.dataset.done;"
    )
    return (
        f'<button type="button" class="enc-copy" data-done="{escape(done)}"'
        f' onclick="{script}">{escape(text)}</button> <span role="status"></span>'
    )


def shared_link(address: str, text: str, copy: str, done: str) -> str:
    """Write a link, and a button that copies its whole address."""
    script = (
        "const field = document.createElement('textarea');"
        " field.value = this.previousElementSibling.href;"
        " this.after(field); field.select(); document.execCommand('copy');"
        " field.remove(); this.focus();"
        " this.nextElementSibling.textContent = this.dataset.done;"
    )
    return (
        f'<a href="{escape(address)}">{escape(text)}</a> '
        f'<button type="button" class="enc-copy" data-done="{escape(done)}"'
        f' onclick="{script}">{escape(copy)}</button> <span role="status"></span>'
    )


def refusals(title: str, hint: str, reasons: Sequence[str]) -> str:
    """Write what may not be asked, point by point."""
    return (
        f'<div role="alert" class="enc-failure"><p><strong>{escape(title)}</strong></p>'
        f"{bullets(reasons)}<p>{escape(hint)}</p></div>"
    )


def waiting(text: str) -> str:
    """Write that something is under way."""
    return (
        f'<div role="status" class="enc-waiting"><span aria-hidden="true"></span>'
        f"<p>{escape(text)}</p></div>"
    )


def failure(title: str, text: str) -> str:
    """Write that something did not work, and why."""
    return (
        f'<div role="alert" class="enc-failure"><p><strong>{escape(title)}</strong></p>'
        f"<p>{escape(text)}</p></div>"
    )


def folded(title: str, content: str) -> str:
    """Fold HTML away under a title that opens it."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def bullets(lines: Sequence[str]) -> str:
    """Write a list."""
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def titled_list(title: str, lines: Sequence[str]) -> str:
    """Write a list below a few words."""
    return f'<div class="enc-remarks"><p>{escape(title)}</p>{bullets(lines)}</div>'


def preformatted(text: str) -> str:
    """Write text as it stands."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _share(persons: int, most: int) -> str:
    return f"{100 * persons / most:.2f}"
