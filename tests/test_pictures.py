"""Pictures are compared with a tolerance: for the edges of letters, not for another letter."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests.pictures import compare


def picture(text: str, size: tuple[int, int] = (600, 400)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 40), text, fill="black", font_size=16)
    return image


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one picture, as UPDATE_PICTURES=1 makes it."""
    with monkeypatch.context() as update:
        update.setenv("UPDATE_PICTURES", "1")
        compare("words", png(picture("Checkout 5xx in us-east-1")), tmp_path)
    monkeypatch.delenv("UPDATE_PICTURES", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def brighter(image: Image.Image) -> Image.Image:
    return image.point(lambda level: min(255, level + 20))


def softer(image: Image.Image) -> Image.Image:
    return Image.blend(image, image.filter(ImageFilter.SMOOTH_MORE), 0.2)


@pytest.mark.parametrize("change", [Image.Image.copy, brighter, softer], ids=lambda f: f.__name__)
def test_small_differences_of_many_pixels_are_accepted(
    kept: Path, change: Callable[[Image.Image], Image.Image]
) -> None:
    compare("words", png(change(picture("Checkout 5xx in us-east-1"))), kept)


@pytest.mark.parametrize(
    "other",
    [
        picture("Checkout 5xx in us-west-1"),
        picture("Checkout 5xx in us-east-1", (600, 401)),
        picture(""),
    ],
    ids=["other word", "other size", "empty"],
)
def test_another_picture_fails_and_says_where_the_difference_is(
    kept: Path, other: Image.Image
) -> None:
    with pytest.raises(AssertionError) as failure:
        compare("words", png(other), kept)
    [folder] = kept.glob("pictures-*")
    assert str(folder) in str(failure.value)
    assert {path.name for path in folder.iterdir()} == {"words.png", "words.difference.png"}


def test_a_picture_that_does_not_exist_fails_and_says_how_it_is_made(kept: Path) -> None:
    with pytest.raises(AssertionError, match=r"new\.png does not exist: UPDATE_PICTURES=1"):
        compare("new", png(picture("new")), kept)
    assert not (kept / "new.png").exists()


def test_a_large_picture_is_refused(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPDATE_PICTURES", "1")
    with pytest.raises(AssertionError, match=r"noise\.png has [\d,]+ bytes, and may have 100,000"):
        compare("noise", png(Image.effect_noise((500, 500), 100)), kept)
