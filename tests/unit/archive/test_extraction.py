from enclave.archive.extraction import comparable, extract


def test_numbers_tables_and_pictures_are_found_by_cell(build):
    picture = build.png(build.picture())
    table = "<table><tr><th>n</th></tr><tr><td>12</td></tr></table>"
    notebook = build.notebook(
        build.markdown("in 2019"),
        build.code(
            "a", build.stream("n = 12, p = 3e-5\n"), build.stream("w 1", "stderr")
        ),
        build.code("b", build.result(text_html=table, text_plain="n\n12")),
        build.code("c", build.result(image_png=picture)),
        build.code("d"),
    )

    records = extract(notebook)

    assert [(record["cell"], record["kind"]) for record in records] == [
        (2, "stdout"),
        (2, "stderr"),
        (3, "text/html, text/plain"),
        (4, "image/png"),
    ]
    assert records[0]["numbers"] == ["12", "3e-5"]
    assert records[2]["tables"] == [[["n"], ["12"]]]
    assert len(records[3]["pictures"]["image/png"]) == 64


def test_the_digest_of_a_picture_is_that_of_its_pixels(build):
    image = build.picture()

    def digest(**options):
        picture = build.result(image_png=build.png(image, **options))
        return extract(build.notebook(build.code("a", picture)))[0]["pictures"]

    assert digest(compress_level=0) == digest(compress_level=9)


def test_an_error_is_an_output(build):
    assert extract(build.notebook(build.code("a", build.error())))[0]["kind"] == "error"


def test_something_must_be_there_to_compare(build):
    ignored = build.code("a", build.stream("x"), tags=("nbval-ignore-output",))

    assert comparable(build.notebook(build.code("a", build.stream("x"))))
    assert not comparable(build.notebook(build.code("a"), build.markdown("b")))
    assert not comparable(build.notebook(ignored))
