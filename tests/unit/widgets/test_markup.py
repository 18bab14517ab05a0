"""What is shown: right numbers, whatever the labels hold."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from enclave.disclosure.policy import policy
from enclave.feasibility.answers import BudgetAnswer, ComposedAnswer, StepAnswer
from enclave_widgets import markup
from enclave_widgets.markup import Markup


EVIL = "<script>alert('x')</script> & \"quotes\""
ENGLISH, DANISH = Markup("en", policy()), Markup("da", policy())


def _step(value, label="A step"):
    return StepAnswer(
        label_en=label, label_da=f"{label} (da)", shown="unused", value=value
    )


def _parsed(html):
    """Read HTML as XML, which fails where a tag or an attribute is left open."""
    html = re.sub(r"<col( class=\"[\w-]+\")?>", r"<col\1/>", html)
    return ET.fromstring(f"<all>{html}</all>")


def _bars(html):
    rows = _parsed(html).findall(".//tbody/tr")
    return [
        {rect.get("class"): float(rect.get("width")) for rect in row.findall(".//rect")}
        for row in rows
    ]


@pytest.mark.parametrize(
    "html",
    [
        ENGLISH.answer(1240, [EVIL]),
        ENGLISH.attrition([_step(100, EVIL), _step(None, EVIL)]),
        markup.heading(EVIL),
        markup.note(EVIL),
        markup.code(EVIL, EVIL, lead=EVIL),
        markup.badge(EVIL),
        markup.label(EVIL, EVIL),
        markup.alarm(EVIL),
        markup.link(EVIL, EVIL),
        markup.copy_button(EVIL, EVIL),
        markup.waiting(EVIL),
        markup.failure(EVIL, EVIL),
        markup.folded(EVIL, ""),
        markup.bullets([EVIL, EVIL]),
        markup.preformatted(EVIL),
    ],
)
def test_nothing_gets_through_unescaped(html):
    assert "<script" not in html
    assert "alert(&#x27;x&#x27;)" in html
    assert not _parsed(html).findall(".//script")


def test_a_count_comes_with_what_it_may_really_be():
    assert "1,240" in ENGLISH.answer(1240, [])
    assert "probably between 1,196 and 1,284" in ENGLISH.answer(1240, [])
    assert "1.240" in DANISH.answer(1240, [])
    assert "mellem 1.196 og 1.284" in DANISH.answer(1240, [])


def test_a_range_does_not_begin_below_nobody():
    assert "between 0 and 64" in ENGLISH.answer(20, [])


def test_rounding_to_hundreds_widens_the_range():
    assert "between 12,211 and 12,389" in ENGLISH.answer(12_300, [])


@pytest.mark.parametrize(
    ("write", "number", "why"),
    [(ENGLISH, "fewer than 20", "hidden"), (DANISH, "færre end 20", "skjult")],
)
def test_a_hidden_count_says_why(write, number, why):
    html = write.answer(None, [])

    assert number in html
    assert why in html
    assert "between" not in html


def test_bars_are_as_long_as_the_numbers():
    bars = _bars(ENGLISH.attrition([_step(1000), _step(500), _step(None)]))

    whole = 1000 + 44
    assert bars[0]["enc-bar"] == pytest.approx(100 * 1000 / whole, abs=0.01)
    assert bars[1]["enc-bar"] == pytest.approx(100 * 500 / whole, abs=0.01)
    assert bars[2]["enc-hidden"] == pytest.approx(100 * 20 / whole, abs=0.01)
    assert "enc-bar" not in bars[2]
    assert bars[1]["enc-range"] == pytest.approx(100 * 88 / whole, abs=0.01)


def test_a_later_step_may_look_larger_and_still_fits():
    bars = _bars(ENGLISH.attrition([_step(100), _step(120)]))

    assert max(max(bar.values()) for bar in bars) <= 100


def test_all_hidden_still_makes_a_table():
    html = ENGLISH.attrition([_step(None), _step(None)])

    assert html.count("fewer than 20") == 2


def test_a_screen_reader_gets_a_table_with_names():
    table = _parsed(ENGLISH.attrition([_step(100, "All women")])).find("table")

    assert table.find("caption").text == "Step by step"
    assert table.find("tbody/tr/th").get("scope") == "row"
    assert table.find("tbody/tr/th").text == "All women"
    assert all(svg.get("aria-hidden") == "true" for svg in table.findall(".//svg"))
    assert "All women (da)" in DANISH.attrition([_step(100, "All women")])


def _budget(**changes):
    fields = {
        "left": 30,
        "limit_30_days": 40,
        "limit_year": 120,
        "used_30_days": 10,
        "used_year": 11,
        "more_at": datetime(2026, 12, 24, tzinfo=UTC),
        "composed": _composed(),
    }
    return BudgetAnswer(**{**fields, **changes})


def _composed(**changes):
    fields = {
        "left": 9,
        "limit_30_days": 12,
        "used_30_days": 3,
        "more_at": datetime(2026, 12, 25, tzinfo=UTC),
    }
    return ComposedAnswer(**{**fields, **changes})


def test_the_budget():
    html = ENGLISH.budget(_budget())

    assert "30 new questions left" in html
    assert "10 of 40 used in 30 days, 11 of 120 in a year" in html
    assert 'class="enc-bar" width="75.0"' in html
    assert "Composed questions: 9 of 12 left in 30 days" in html
    assert "2026-12-24" not in html
    assert "2026-12-25" not in html


def test_it_is_said_when_no_composed_question_is_left():
    html = DANISH.budget(_budget(composed=_composed(left=0)))

    assert "30 nye spørgsmål tilbage" in html
    assert "Ingen sammensatte spørgsmål tilbage. Flere fra 2026-12-25" in html


def test_an_empty_budget_says_when_there_is_more():
    html = DANISH.budget(_budget(left=0))

    assert "ingen nye spørgsmål" in html
    assert "2026-12-24" in html


def test_the_style_loads_nothing_from_elsewhere():
    sheet = markup.style()

    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "http" not in sheet
    assert sheet.count("{") == sheet.count("}")


def _luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("--enc-ink", "--enc-ground"),
        ("--enc-quiet", "--enc-card"),
        ("--enc-quiet", "--enc-ground"),
        ("--enc-brand", "--enc-card"),
        ("--enc-brand-dark", "--enc-card"),
        ("--enc-alarm", "--enc-alarm-ground"),
    ],
)
def test_text_can_be_read(ink, ground):
    colours = dict(re.findall(r"(--enc-[\w-]+): (#[0-9a-f]{6});", markup.style()))
    light, dark = sorted(
        (_luminance(colours[ink]), _luminance(colours[ground])), reverse=True
    )

    # WCAG 2.2, 1.4.3
    assert (light + 0.05) / (dark + 0.05) >= 4.5
