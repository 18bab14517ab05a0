"""Pictures against each other, by what they show and not by how they are stored."""

import base64
import binascii
import hashlib
import io
import warnings
from dataclasses import replace

import numpy as np
from PIL import Image, UnidentifiedImageError

from enclave.archive.comparison.drift import explained_picture
from enclave.archive.comparison.finding import (
    SAME,
    Difference,
    Finding,
    differing,
)
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]

# What Matplotlib and its like write. Other decoders stay shut.
_FORMATS = ("PNG", "JPEG", "GIF")

# Points a side of the coarse copy, and how far a colour channel may be off in it.
_COARSE = 160
_UNSEEN = 24


def compare_images(archived: str, rerun: str, comparer: TextComparer) -> Finding:
    """Compare two pictures in base64.

    Pixels that are equal are identical, whatever else the files hold: Matplotlib puts
    its version and PNG the compression into them.
    """
    if archived == rerun:
        return SAME
    largest = comparer.policy.largest_image
    first, second = pixels(archived, largest=largest), pixels(rerun, largest=largest)
    if first is None or second is None:
        return _differ(archived, rerun, "other bytes, and no readable picture")
    if first.shape == second.shape:
        finding = _by_pixels(first, second, _names(archived, rerun), comparer.policy)
    else:
        finding = differing("picture", _size(first), _size(second), "other size")
    if finding.verdict is not Verdict.DIFFERS:
        return finding
    return _by_structure(finding, likeness(first, second), comparer)


def _by_pixels(
    first: Pixels, second: Pixels, names: tuple[str, str], policy: Policy
) -> Finding:
    largest = int(
        (np.maximum(first, second) - np.minimum(first, second)).max(initial=0)
    )
    if largest == 0:
        return SAME
    changed = int(np.count_nonzero(whole(first) != whole(second)))
    reason = f"{changed} pixels differ, by at most {largest} of 255"
    if largest > policy.pixel:
        return differing("picture", *names, reason)
    equal = Verdict.NUMERICALLY_EQUAL
    return Finding(equal, (Difference("picture", *names, reason, equal),))


def whole(picture: Pixels) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    """Read the four channels of a pixel as one number."""
    return np.ascontiguousarray(picture).view(np.uint32)[..., 0]


def _by_structure(finding: Finding, like: float, comparer: TextComparer) -> Finding:
    (difference,) = finding.differences
    same = like >= comparer.policy.structure
    reason = f"{difference.reason}; {like:.1%} of the structure is the same"
    told = Finding(finding.verdict, (replace(difference, reason=reason),))
    return explained_picture(told, comparer.circumstances, same_structure=same)


def likeness(archived: Pixels, rerun: Pixels) -> float:
    """Return which share of two pictures is alike, seen from far away.

    Both are made as small as an icon, in which the smoothing of letters and shifts by
    less than a point vanish, and colours and shapes stay.
    """
    first, second = _coarse(archived), _coarse(rerun)
    distance = np.abs(first.astype(np.int16) - second.astype(np.int16)).max(axis=2)
    return float((distance <= _UNSEEN).mean())


def _coarse(picture: Pixels) -> Pixels:
    image = Image.fromarray(picture).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(
        Image.alpha_composite(white, image)
        .convert("RGB")
        .resize((_COARSE, _COARSE), Image.Resampling.BOX)
    )


def pixels(encoded: str, *, largest: int) -> Pixels | None:
    """Decode a picture to rows by columns by RGBA (0-255), or None if unreadable.

    Of an animation this would be the first frame only, so it counts as unreadable.
    """
    try:
        content = base64.b64decode(encoded)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                if image.width * image.height > largest or _frames(image) > 1:
                    return None
                return np.asarray(image.convert("RGBA"))
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError, Warning):
        return None
    except (Image.DecompressionBombError, SyntaxError):
        return None


def picture_digest(encoded: str, *, largest: int) -> str:
    """Return the SHA-256 of a picture's size and pixels, or else of its text."""
    decoded = pixels(encoded, largest=largest)
    if decoded is None:
        return _hash(encoded)
    size = f"{decoded.shape[0]}x{decoded.shape[1]}:".encode()
    return hashlib.sha256(size + decoded.tobytes()).hexdigest()


def _frames(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))


def _differ(archived: str, rerun: str, reason: str) -> Finding:
    return differing("picture", *_names(archived, rerun), reason)


def _names(archived: str, rerun: str) -> tuple[str, str]:
    """Name two pictures by the beginning of their hashes; a report shows the rest."""
    return _hash(archived)[:16], _hash(rerun)[:16]


def _hash(encoded: str) -> str:
    return hashlib.sha256(encoded.encode()).hexdigest()


def _size(image: Pixels) -> str:
    return f"{image.shape[1]} × {image.shape[0]} pixels"  # noqa: RUF001 - a times sign
