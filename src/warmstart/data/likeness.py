"""How alike two images are once one is turned, mirrored, cropped and shifted onto the other."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SIDE = 64
"""Images are compared at this size; others are resampled to it."""

ORIENTATIONS = tuple((t, v, h) for t in (False, True) for v in (False, True) for h in (False, True))
"""Whether to transpose, then to turn upside down, then to mirror: all eight, the first is none."""

_HALF, _THUMB = 32, 16
_CUTS = np.array(
    [(0, 0), (8, 0), (0, 8), (5, 5), (13, 2), (2, 13), (4, -4), (-4, 4)], np.float64
) / 100  # fmt: skip
"""Shares cut off at both ends of an axis, tried for the first alignment; below 0 adds."""

_MARGIN = 4
"""What comes in at the border when an image is shifted is not compared."""

_PROMISING, _ALIKE = 0.65, 0.7
"""Correlation of half-size and of full-size detail from which it is worth to look on."""

_NOISE = 0.7
"""Grey levels of detail that JPEG invents in a flat region."""


@dataclass(frozen=True, eq=False)
class Match:
    """What was found for k pairs after alignment.

    Attributes:
        likeness: Correlation of the luminance, at most 1.
        detail: Correlation of fine detail where every region counts the same, at most 1.
        colour: Difference of the colours, from 0 to 1; 0 for greyscale.
        repetition: How alike the other is to itself when shifted, at most 1.
        structure: Share of the picture that holds any detail, of both the smaller.
        cuts: What the alignment cuts off at both ends of y and of x, shape (k, 2, 2).
    """

    likeness: Floats
    detail: Floats
    colour: Floats
    repetition: Floats
    structure: Floats
    cuts: NDArray[np.float64]

    @classmethod
    def none(cls, count: int) -> "Match":
        """Return so many pairs that are not alike at all."""
        none = np.zeros((5, count), np.float32)
        return cls(none[0], none[1], none[2], none[3], none[4], np.ones((count, 2, 2)))


def grey(images: NDArray[np.uint8]) -> Floats:
    """Return luminance, 0 to 255, shape (n, SIDE, SIDE)."""
    if images.shape[-1] == 1:
        return _to_side(images[..., 0].astype(np.float32))
    return _to_side(images.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))


def chroma(images: NDArray[np.uint8]) -> Floats:
    """Return red and blue less luminance, shape (n, 2, SIDE, SIDE); 0 for greyscale."""
    if images.shape[-1] == 1:
        return np.zeros((len(images), 2, SIDE, SIDE), np.float32)
    shown = images.astype(np.float32)
    light = shown @ np.array([0.299, 0.587, 0.114], np.float32)
    return _to_side(np.stack([shown[..., 0] - light, shown[..., 2] - light], 1))


def thumbs(light: Floats) -> NDArray[np.float16]:
    """Return what ``first_alignments`` compares with, shape (n, 256).

    Args:
        light: Luminance as of ``grey``.
    """
    small = _both_axes(windows(np.zeros((1, 2)), _THUMB, _HALF)[0], _small_detail(light))
    return small.reshape(len(small), -1).astype(np.float16)


def first_alignments(
    light: Floats, others: NDArray[np.float16]
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Compare each image with others, all cuts of the image with all orientations of the other.

    Args:
        light: Luminance, shape (n, SIDE, SIDE).
        others: Thumbs of m others for each, shape (n, m, 256).

    Returns:
        The best correlation, the cut and the orientation it was found for, each (n, m).
    """
    n, m = others.shape[:2]
    theirs = _unit(others.astype(np.float32)[..., _turned_thumbs()])
    scores = _cut_thumbs(light)[:, None] @ theirs.swapaxes(2, 3)
    scores = scores.reshape(n, m, -1)
    best = scores.argmax(2)
    found = np.take_along_axis(scores, best[..., None], 2)[..., 0]
    return found, best // len(ORIENTATIONS), best % len(ORIENTATIONS)


def align(light: Floats, tint: Floats, other: Floats, other_tint: Floats, cut: Ints) -> Match:
    """Fit each image to its other from the given cut on, and say how alike they are.

    Args:
        light: Luminance of the images, shape (k, SIDE, SIDE).
        tint: Their chroma, shape (k, 2, SIDE, SIDE).
        other: Luminance of the others, oriented already.
        other_tint: Their chroma, oriented already.
        cut: The first alignments.
    """
    ends = np.stack([_CUTS[cut // len(_CUTS)], _CUTS[cut % len(_CUTS)]], 1)
    coarse, other_coarse = _clipped(_coarse(light)), _clipped(_coarse(other))
    ends = _fitted(coarse, other_coarse, ends, margin=3, steps=4)
    ours, theirs = (m[:, 2:-2, 2:-2] for m in (cut_out(_halved(light), ends), _halved(other)))
    rough = _correlation(_levelled(ours), _levelled(theirs))
    match = Match.none(len(light))
    some = np.flatnonzero(rough >= _PROMISING)
    if len(some):
        found = _compared(light[some], tint[some], other[some], other_tint[some], ends[some])
        for name in ("likeness", "detail", "colour", "repetition", "structure", "cuts"):
            getattr(match, name)[some] = getattr(found, name)
    return match


def _compared(
    light: Floats, tint: Floats, other: Floats, other_tint: Floats, ends: NDArray[np.float64]
) -> Match:
    ends = _fitted(_clipped(_band(light)), _clipped(_band(other)), ends, margin=6, steps=3)
    inside = (slice(None), slice(_MARGIN, -_MARGIN), slice(_MARGIN, -_MARGIN))
    ours, theirs = cut_out(light, ends)[inside], other[inside]
    fine = _levelled(theirs)
    detail, unmoved = (_correlation(_levelled(m), fine) for m in (ours, light[inside]))
    stays = (np.abs(ends).max((1, 2)) < 0.04) & (unmoved >= detail - 0.03)
    ends[stays], ours[stays], detail[stays] = 0, light[inside][stays], unmoved[stays]
    close = np.flatnonzero(detail >= _ALIKE)
    repeats, colour = np.ones_like(detail), np.ones_like(detail)
    repeats[close] = repetition(theirs[close])
    colour[close] = _colour_difference(
        tint[close], other_tint[close], ends[close], _gain(ours, theirs)[close]
    )
    return Match(
        _correlation(ours, theirs),
        detail,
        colour,
        repeats,
        np.minimum(_structure(ours), _structure(theirs)),
        ends,
    )


def _structure(light: Floats) -> Floats:
    """Share of each image whose surroundings hold more detail than JPEG invents."""
    detail = _between(light, 0.7, 3.0)
    strength = _both_axes(_blur(detail.shape[-1], 2.5), detail**2)
    return np.asarray((strength > 1.5**2).mean((1, 2)), np.float32)


def _gain(ours: Floats, theirs: Floats) -> Floats:
    """Factor on the contrast that takes each image to its other."""
    centred, target = (m - m.mean((1, 2), keepdims=True) for m in (ours, theirs))
    gain = (centred * target).mean((1, 2)) / ((centred**2).mean((1, 2)) + 1)
    return np.asarray(gain, np.float32)


def oriented(images: NDArray[Any], which: Ints) -> NDArray[Any]:
    """Return each image, shape (k, ..., s, s), as ``ORIENTATIONS[which]`` says."""
    turned = images.copy()
    for number, (t, v, h) in enumerate(ORIENTATIONS):
        some = images[which == number]
        some = some.swapaxes(-1, -2) if t else some
        turned[which == number] = some[..., :: -1 if v else 1, :: -1 if h else 1]
    return turned


def repetition(light: Floats) -> Floats:
    """How alike each image is to itself shifted by 5 to 24 pixels, at most 1, shape (n,).

    Near 1 for stripes and chequers, of which any two can be aligned.
    """
    detail = _levelled(light)
    size = detail.shape[-1]
    seen = np.ones((size, size), np.float32)
    power = _self_products(detail) / np.maximum(_self_products(seen[None]), 1)
    far = np.minimum(np.arange(2 * size), 2 * size - np.arange(2 * size))
    apart = np.hypot(far[:, None], far)
    ring = (apart >= 5) & (far[:, None] <= 24) & (far <= 24)
    return np.asarray(power[:, ring].max(1) / np.maximum(power[:, 0, 0], 1e-6), np.float32)


def _self_products(images: Floats) -> NDArray[Any]:
    size = 2 * images.shape[-1]
    return np.fft.irfft2(np.abs(np.fft.rfft2(images, (size, size))) ** 2, (size, size))


def _to_side(images: Floats) -> Floats:
    size = images.shape[-1]
    if size == SIDE:
        return images
    return _both_axes(windows(np.zeros((1, 2)), SIDE, size)[0], images)


def _both_axes(weights: Floats, images: Floats) -> Floats:
    return np.asarray(weights @ images @ weights.swapaxes(-1, -2), np.float32)


def windows(ends: NDArray[np.float64], cells: int, size: int) -> Floats:
    """Weights that take what the cuts leave of ``size`` pixels to ``cells``, (n, cells, size).

    Bilinear, with antialiasing where pixels are lost; beyond an end its pixel is repeated.

    Args:
        ends: Shares cut off at both ends, shape (n, 2).
        cells: How many are left.
        size: How many there were.
    """
    scale = (1 - ends.sum(1, keepdims=True)) * (size / cells)
    at = ends[:, :1] * size + (np.arange(cells) + 0.5) * scale - 0.5
    at = at.clip(0, size - 1).astype(np.float32)[..., None]
    width = np.maximum(scale, 1).astype(np.float32)[..., None]
    weights = np.maximum(1 - np.abs(np.arange(size, dtype=np.float32) - at) / width, 0)
    return np.asarray(weights / weights.sum(2, keepdims=True), np.float32)


def cut_out(images: Floats, ends: NDArray[np.float64]) -> Floats:
    """Return what the cuts (k, 2, 2) leave of images (k, s, s), at the size they had."""
    size = images.shape[-1]
    rows, columns = windows(ends[:, 0], size, size), windows(ends[:, 1], size, size)
    return np.asarray(rows @ images @ columns.swapaxes(1, 2), np.float32)


@lru_cache
def _blur(size: int, sigma: float) -> Floats:
    apart = np.arange(size)[:, None] - np.arange(size)
    weights = np.exp(-0.5 * (apart / sigma) ** 2)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def _between(images: Floats, fine: float, coarse: float) -> Floats:
    """Keep structure between two sizes in pixels."""
    size = images.shape[-1]
    shown = _both_axes(_blur(size, fine), images)
    return shown - _both_axes(_blur(size, coarse), shown)


def _band(light: Floats) -> Floats:
    return _between(light, 1.0, 4.0)


def _cut_thumbs(light: Floats) -> Floats:
    """All cuts of each image as thumbs without their border, shape (n, 64, 196)."""
    count = len(_CUTS)
    weights = windows(_CUTS, _THUMB, _HALF)
    # small products, which BLAS leaves to one thread
    rows = weights[None] @ _small_detail(light)[:, None]
    cuts: Floats = np.asarray(rows[:, :, None] @ weights.swapaxes(1, 2), np.float32)
    return _unit(cuts.reshape(len(light), count**2, -1)[..., _inner()])


def _halved(images: Floats) -> Floats:
    rows = images[:, ::2] + images[:, 1::2]
    return np.asarray((rows[:, :, ::2] + rows[:, :, 1::2]) / 4, np.float32)


def _coarse(light: Floats) -> Floats:
    small = _halved(light)
    return small - _both_axes(_blur(_HALF, 3.0), small)


def _small_detail(light: Floats) -> Floats:
    return _over_strength(_between(_halved(light), 0.7, 2.5), 3.0, 1.5)


def _clipped(images: Floats) -> Floats:
    limit = 2 * images.std((1, 2), keepdims=True) + 1e-3
    return images.clip(-limit, limit)


def _levelled(light: Floats) -> Floats:
    """Fine detail over its own local strength: an outline counts no more than what it surrounds."""
    return _over_strength(_between(light, 0.7, 3.0), 2.5, _NOISE)


def _over_strength(detail: Floats, sigma: float, least: float) -> Floats:
    strength = _both_axes(_blur(detail.shape[-1], sigma), detail**2)
    return np.asarray(detail / np.sqrt(strength + least**2), np.float32)


@lru_cache
def _inner() -> NDArray[np.bool_]:
    """The pixels of a thumb off its border."""
    inside = np.zeros((_THUMB, _THUMB), np.bool_)
    inside[1:-1, 1:-1] = True
    return inside.ravel()


@lru_cache
def _turned_thumbs() -> Ints:
    """Which pixels of a thumb make the inner ones of each of its orientations, (8, 196)."""
    places = np.broadcast_to(np.arange(_THUMB**2).reshape(_THUMB, -1), (8, _THUMB, _THUMB))
    return np.asarray(oriented(places, np.arange(8)).reshape(8, -1)[:, _inner()], np.int64)


def _unit(rows: Floats) -> Floats:
    centred = rows - rows.mean(-1, keepdims=True)
    norm = np.sqrt((centred * centred).sum(-1, keepdims=True))
    return np.asarray(centred / np.maximum(norm, 1e-3), np.float32)


def _correlation(ours: Floats, theirs: Floats) -> Floats:
    one, other = (_unit(m.reshape(len(m), m.shape[1] * m.shape[2])) for m in (ours, theirs))
    return np.asarray((one * other).sum(1), np.float32)


def _fitted(
    images: Floats, others: Floats, ends: NDArray[np.float64], *, margin: int, steps: int
) -> NDArray[np.float64]:
    """Improve the cuts by Gauss-Newton steps on the squared difference (Lucas and Kanade).

    Inverse compositional: the other's gradients are those of every step.
    """
    size = others.shape[-1]
    inside = (slice(None), slice(margin, -margin), slice(margin, -margin))
    target = _standard(others[inside])
    place = ((np.arange(size) + 0.5) / size - 0.5).astype(np.float32)[margin:-margin]
    down, right = (np.gradient(others, axis=axis)[inside] * size for axis in (1, 2))
    slopes = np.stack([down, down * place[:, None], right, right * place], 1)
    slopes = (
        slopes.reshape(len(slopes), 4, -1) / others[inside].std((1, 2)).clip(1e-3)[:, None, None]
    )
    slopes = slopes - slopes.mean(2, keepdims=True)
    normal = slopes @ slopes.swapaxes(1, 2)
    ridge = 1e-3 * (np.trace(normal, axis1=1, axis2=2) + 1)
    inverse = np.linalg.inv(normal + ridge[:, None, None] * np.eye(4, dtype=np.float32))
    kept, centre = 1 - ends.sum(2), (ends[..., 0] - ends[..., 1]) / 2
    for _ in range(steps):
        warped = _standard(cut_out(images, _ends(kept, centre))[inside])
        error = (warped - target).reshape(len(target), -1, 1)
        move = (inverse @ (slopes @ error))[..., 0].clip(-0.05, 0.05)
        centre = (centre - kept * move[:, [0, 2]]).clip(-0.15, 0.15)
        kept = (kept * (1 - move[:, [1, 3]])).clip(0.7, 1.3)
    return _ends(kept, centre)


def _ends(kept: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    low = (1 - kept) / 2
    return np.stack([low + centre, low - centre], 2)


def _standard(images: Floats) -> Floats:
    centred = images - images.mean((1, 2), keepdims=True)
    return np.asarray(centred / (centred.std((1, 2), keepdims=True) + 1e-3), np.float32)


def _colour_difference(
    tint: Floats, other: Floats, ends: NDArray[np.float64], gain: Floats
) -> Floats:
    """Difference over strength of the colours, were contrast changed as that of the luminance."""
    if not (tint.size and (tint.any() or other.any())):
        return np.zeros(len(tint), np.float32)
    inside = slice(_MARGIN, -_MARGIN)
    soft = _blur(SIDE, 2.0)
    ours = np.stack([cut_out(tint[:, channel], ends) for channel in (0, 1)], 1)
    ours = _both_axes(soft, ours)[..., inside, inside] * gain[:, None, None, None]
    theirs = _both_axes(soft, other)[..., inside, inside]
    apart, one, two = (np.sqrt((m**2).mean((1, 2, 3))) for m in (ours - theirs, ours, theirs))
    return np.asarray(apart / (one + two + 6), np.float32)
