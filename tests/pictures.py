"""Pictures in docs/pictures that tests make, and compare with what was committed.

They are made again with UPDATE_PICTURES=1. Look at them before you commit them.
"""

import io
import os
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from tests.pages import ROOT

PICTURES = ROOT / "docs/pictures"
LEVELS = 32
"""The difference of a colour, of 255, that still counts as equal: edges of letters are smoothed."""
SHARE = 1 / 10_000
"""The share of the pixels that may differ by more."""
MAX_BYTES = 100_000
"""Pictures stay in the repository for ever, and pages load them."""


def compare(name: str, png: bytes, folder: Path = PICTURES) -> None:
    """The picture *name* in *folder* shows the same as *png*; with UPDATE_PICTURES, it is *png*.

    If it does not, the new picture and one of the differences are written to a temporary folder.
    """
    expected = folder / f"{name}.png"
    picture = _opened(io.BytesIO(png))
    if os.environ.get("UPDATE_PICTURES"):
        _save(picture, expected)
    assert expected.exists(), f"{expected.name} does not exist: UPDATE_PICTURES=1 makes it"
    difference = _difference(picture, _opened(expected))
    if difference is not None:
        made = Path(tempfile.mkdtemp(prefix="pictures-"))
        picture.save(made / f"{name}.png")
        difference.save(made / f"{name}.difference.png")
        raise AssertionError(
            f"{expected.name} shows something else now. Look at the new picture and the difference"
            f" in {made}. If the new one is right, UPDATE_PICTURES=1 takes it."
        )


def _opened(file: io.BytesIO | Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # With a palette the file has a third of the size, and no colour is visibly different.
    small = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    size = path.stat().st_size
    assert size <= MAX_BYTES, f"{path.name} has {size:,} bytes, and may have {MAX_BYTES:,}"


def _difference(picture: Image.Image, expected: Image.Image) -> Image.Image | None:
    """A picture with the pixels that differ in red; None if both pictures show the same."""
    if picture.size != expected.size:
        return _side_by_side(picture, expected)
    red, green, blue = ImageChops.difference(picture, expected).split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = largest.point(lambda level: 255 if level > LEVELS else 0)
    if mask.histogram()[255] <= SHARE * picture.width * picture.height:
        return None
    faded = Image.blend(picture, Image.new("RGB", picture.size, "white"), 0.7)
    faded.paste("red", mask=mask)
    return faded


def _side_by_side(picture: Image.Image, expected: Image.Image) -> Image.Image:
    """Both pictures, the new one on the left, for pictures of different sizes."""
    size = (picture.width + expected.width, max(picture.height, expected.height))
    both = Image.new("RGB", size, "red")
    both.paste(picture)
    both.paste(expected, (picture.width, 0))
    return both
