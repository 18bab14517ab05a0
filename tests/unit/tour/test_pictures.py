from xml.etree import ElementTree as ET

from enclave.tour.pictures import Bar, attrition


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.text]


def test_every_step_is_labelled_and_told_to_screen_readers():
    svg = attrition(
        [Bar("Everybody", "17,500", 17_500), Bar("Aged 40", "9,970", 9_970)]
    )

    assert texts(svg) == [
        "Everybody: 17,500; Aged 40: 9,970",
        "Everybody",
        "17,500",
        "Aged 40",
        "9,970",
    ]


def test_a_bar_is_as_long_as_its_share():
    svg = attrition([Bar("a", "100", 100), Bar("b", "50", 50)])
    whole, half = (
        int(bar.get("width", ""))
        for bar in ET.fromstring(svg).iter()
        if bar.tag.endswith("rect")
    )

    assert half * 2 == whole


def test_a_hidden_count_has_an_outline_and_no_length():
    svg = attrition([Bar("a", "100", 100), Bar("b", "fewer than 20", None)])
    _, hidden = (bar for bar in ET.fromstring(svg).iter() if bar.tag.endswith("rect"))

    assert hidden.get("class") == "hidden"
    assert int(hidden.get("width", "")) < 5


def test_a_long_label_goes_over_several_lines():
    words = "en hændelse med en kode på listen over hjertesygdomme " * 4

    lines = texts(attrition([Bar(words, "10", 10)]))[1:-1]

    assert len(lines) > 1
    assert " ".join(lines) == words.strip()


def test_a_label_is_never_markup():
    assert "<script" not in attrition([Bar("<script>alert(1)</script>", "1", 1)])
