import base64
import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from enclave.archive.comparison.images import compare_images, picture_digest, pixels
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


SAME, EQUAL, _, DIFFERS = list(Verdict)[:4]


def _verdict(archived: str, rerun: str, policy: Policy = Policy()) -> Verdict:  # noqa: B008 - frozen
    return compare_images(archived, rerun, TextComparer(policy)).verdict


def test_the_same_pixels_in_other_files_are_identical(build):
    picture = build.picture(size=(60, 40))
    noted = PngInfo()
    noted.add_text("Software", "Matplotlib version 3.99")

    archived, rerun = build.png(picture), build.png(picture, pnginfo=noted)

    assert archived != rerun
    assert _verdict(archived, rerun) is SAME


def test_smoothing_is_within_tolerance(build, noisy):
    picture = build.picture(size=(60, 40))

    assert _verdict(build.png(picture), build.png(noisy(picture, 2))) is EQUAL
    assert _verdict(build.png(picture), build.png(noisy(picture, 9))) is DIFFERS


def test_one_changed_pixel_is_found(build):
    picture = build.picture(size=(400, 300))
    changed = picture.copy()
    changed.putpixel((399, 299), (31, 119, 190))

    finding = compare_images(
        build.png(picture), build.png(changed), TextComparer(Policy())
    )

    assert finding.verdict is DIFFERS
    assert finding.differences[0].reason == (
        "1 pixels differ, by at most 10 of 255; 100.0% of the structure is the same"
    )


def test_another_size_or_colour_differs(build):
    archived = build.png(build.picture())

    assert _verdict(archived, build.png(build.picture(size=(9, 6)))) is DIFFERS
    assert _verdict(archived, build.png(build.picture(colour=(200, 0, 0)))) is DIFFERS


def test_transparency_counts(build):
    solid = Image.new("RGBA", (4, 4), (10, 20, 30, 255))
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 100))

    assert _verdict(build.png(solid), build.png(clear)) is DIFFERS


@pytest.mark.parametrize("broken", ["", "no base64!", "aGVsbG8=", "iVBORw0KGgo="])
def test_what_is_no_picture_is_equal_only_to_itself(build, broken: str):
    assert pixels(broken, largest=1000) is None
    assert _verdict(broken, broken) is SAME
    assert _verdict(broken, build.png(build.picture())) is DIFFERS


def test_a_truncated_picture_is_unreadable(build):
    generator = np.random.default_rng(1)
    image = Image.fromarray(generator.integers(0, 255, (50, 50, 3), dtype=np.uint8))
    content = base64.b64decode(build.png(image))

    assert pixels(base64.b64encode(content[:500]).decode(), largest=10**6) is None


def test_a_bomb_is_not_decoded(build):
    large = build.png(build.picture(size=(300, 300)))

    assert pixels(large, largest=300 * 300 - 1) is None
    assert pixels(large, largest=300 * 300) is not None


def test_an_animation_is_compared_by_its_bytes():
    frames = [Image.new("L", (5, 5), shade) for shade in (0, 100)]
    others = [Image.new("L", (5, 5), shade) for shade in (0, 200)]

    assert _verdict(_gif(frames), _gif(others)) is DIFFERS


def _gif(frames: list[Image.Image]) -> str:
    file = io.BytesIO()
    frames[0].save(file, format="GIF", save_all=True, append_images=frames[1:])
    return base64.b64encode(file.getvalue()).decode()


def test_other_decoders_stay_shut(build):
    file = io.BytesIO()
    build.picture().save(file, format="TIFF")

    assert pixels(base64.b64encode(file.getvalue()).decode(), largest=1000) is None


def test_a_picture_has_one_digest_whatever_its_file(build):
    picture = build.picture(size=(4, 6))
    turned = build.picture(size=(6, 4))

    fast = picture_digest(build.png(picture, compress_level=1), largest=1000)
    small = picture_digest(build.png(picture, compress_level=9), largest=1000)

    assert fast == small
    assert fast != picture_digest(build.png(turned), largest=1000)
