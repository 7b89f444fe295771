"""How alike two images are once one is turned, mirrored, cropped and shifted onto the other."""

from dataclasses import dataclass, fields
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
THUMB = _THUMB**2
"""Values of what ``first_alignments`` compares with."""

_CUTS = np.array(
    [(0, 0), (8, 0), (0, 8), (5, 5), (13, 2), (2, 13), (4, -4), (-4, 4)], np.float64
) / 100  # fmt: skip
"""Shares cut off at both ends of an axis, tried for the first alignment; below 0 adds."""

_MARGIN = 4
"""What comes in at the border when an image is shifted is not compared."""

_NOISE = 0.7
"""Grey levels of detail that JPEG invents in a flat region."""

_PROMISING, _CLOSE = 0.8, 0.7
"""Correlation of detail at half the size, and in full, from which it is worth to go on."""

_ENOUGH, _REPEATS = 0.2, 0.9
"""Share of well exposed pixels that says something, and repetition that makes an edge say less."""


@dataclass(frozen=True, eq=False)
class Match:
    """What was found for k pairs after alignment, each an array of k.

    Attributes:
        likeness: Correlation of the luminance, at most 1.
        detail: Correlation of fine detail where every region counts the same, at most 1.
        shade: Correlation of the luminance where no channel is at its end, at most 1; 1 where
            there is too little of that.
        colour: Difference of the colours there, from 0 to 1; 0 where there is too little.
        exposed: Share of the pixels of which shade and colour speak.
        tint: Strength of the colour, in grey levels.
        repetition: Correlation of the other's detail with itself, shifted by 5 to 24 pixels.
        structure: Share of the pixels with detail around them.
        cuts: What the alignment cuts off at both ends of y and of x, shape (k, 2, 2).
    """

    likeness: Floats
    detail: Floats
    shade: Floats
    colour: Floats
    exposed: Floats
    tint: Floats
    repetition: Floats
    structure: Floats
    cuts: NDArray[np.float64]


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

    Where the fit at half the size is poor all is 0.

    Args:
        light: Luminance of the images, shape (k, SIDE, SIDE).
        tint: Their chroma, shape (k, 2, SIDE, SIDE), or (k, 0, SIDE, SIDE) for greyscale.
        other: Luminance of the others, oriented already.
        other_tint: Their chroma, oriented already.
        cut: The first alignments.
    """
    ends = np.stack([_CUTS[cut // len(_CUTS)], _CUTS[cut % len(_CUTS)]], 1)
    ends = _fitted(_clipped(_coarse(light)), _clipped(_coarse(other)), ends, margin=3, steps=4)
    ours, theirs = (m[:, 2:-2, 2:-2] for m in (cut_out(halved(light), ends), halved(other)))
    rough = _correlation(_levelled(ours), _levelled(theirs))
    some = np.flatnonzero(rough >= _PROMISING)
    found = _compared(light[some], tint[some], other[some], other_tint[some], ends[some])
    return _spread(found, some, len(light))


def same_picture(match: Match) -> NDArray[np.bool_]:
    """Whether each pair shows the same picture, shape (k,).

    Different pictures of one kind rarely fit best without any cut, so less is asked of those that
    do. Of the others more is asked, less again if the colours agree.
    """
    known = match.exposed >= _ENOUGH
    far = np.abs(match.cuts).max((1, 2))
    unmoved = far == 0
    moved = _same_moved(match, far) | _same_colours(match, known, far)
    same = np.where(unmoved, _same_unmoved(match, known), moved)
    strict = np.where(
        unmoved,
        (match.detail >= 0.96) & (match.colour <= 0.2),
        (match.detail >= 0.99)
        & (match.colour <= 0.12)
        & (match.shade >= 0.9)
        & known
        & (far < 0.16),
    )
    return np.asarray(same & ((match.repetition <= _REPEATS) | strict))


def _same_unmoved(match: Match, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    detail, shade, colour = match.detail, match.shade, match.colour
    return (
        ((detail >= 0.95) & (colour <= 0.5))
        | ((detail >= 0.86) & (colour <= 0.18) & (shade >= 0.93))
        | ((detail >= 0.8) & (colour <= 0.15) & (shade >= 0.985) & known)
        | ((detail >= 0.9) & (colour <= 0.25) & (shade >= 0.99) & known)
        | ((detail >= 0.72) & (colour <= 0.1) & (shade >= 0.985) & known & (match.tint >= 4))
    )


def _shifted(match: Match, far: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(match.cuts.sum(2)).max(1) < 0.02) & (far < 0.08))


def _same_colours(
    match: Match, known: NDArray[np.bool_], far: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Pictures with little detail, or whose detail suffered, but whose colours agree well."""
    detail, shade, colour = match.detail, match.shade, match.colour
    little = (far < 0.1) & (detail >= 0.94) & (shade >= 0.98) & (colour <= 0.04)
    blurred = _shifted(match, far) & (detail >= 0.75) & (shade >= 0.97) & (colour <= 0.08)
    return (known & (match.tint >= 4)) & (
        (little & (match.structure >= 0.1) & (match.repetition <= 0.75))
        | (blurred & (match.structure >= 0.15) & (match.repetition <= 0.6))
    )


def _same_moved(match: Match, far: NDArray[np.float64]) -> NDArray[np.bool_]:
    detail, colour, sparse = match.detail, match.colour, match.structure < 0.4
    shifted = _shifted(match, far)
    enough = np.where(sparse, 0.96, np.where(shifted, 0.9, 0.93))
    coloured = (match.tint >= 4) & (colour <= 0.06) & (match.shade >= 0.975)
    return (match.structure >= 0.15) & (
        ((detail >= enough) & (colour <= 0.12))
        | ((detail >= np.maximum(enough, 0.95)) & (colour <= 0.2))
        | (coloured & (detail >= np.where(sparse, 0.92, 0.89)))
    )


def oriented(images: NDArray[Any], which: Ints) -> NDArray[Any]:
    """Return each image, shape (k, ..., s, s), as ``ORIENTATIONS[which]`` says."""
    turned = images.copy()
    for number, (t, v, h) in enumerate(ORIENTATIONS):
        some = images[which == number]
        some = some.swapaxes(-1, -2) if t else some
        turned[which == number] = some[..., :: -1 if v else 1, :: -1 if h else 1]
    return turned


def repetition(detail: Floats) -> Floats:
    """How alike each image of detail is to itself shifted by 5 to 24 pixels, shape (n,).

    Near 1 for stripes and chequers, of which any two can be aligned.
    """
    size = detail.shape[-1]
    seen = np.ones((size, size), np.float32)
    power = _self_products(detail) / np.maximum(_self_products(seen[None]), 1)
    far = np.minimum(np.arange(2 * size), 2 * size - np.arange(2 * size))
    apart = np.hypot(far[:, None], far)
    ring = (apart >= 5) & (far[:, None] <= 24) & (far <= 24)
    return np.asarray(power[:, ring].max(1) / np.maximum(power[:, 0, 0], 1e-6), np.float32)


def _spread(match: Match, places: Ints, n: int) -> Match:
    """Put each at its place among n, 0 at all others."""

    def spread(values: NDArray[Any]) -> NDArray[Any]:
        whole = np.zeros((n, *values.shape[1:]), values.dtype)
        whole[places] = values
        return whole

    return Match(**{field.name: spread(getattr(match, field.name)) for field in fields(Match)})


def _compared(
    light: Floats, tint: Floats, other: Floats, other_tint: Floats, ends: NDArray[np.float64]
) -> Match:
    ends = _fitted(_clipped(_band(light)), _clipped(_band(other)), ends, margin=6, steps=3)
    inside = (slice(None), slice(_MARGIN, -_MARGIN), slice(_MARGIN, -_MARGIN))
    ours, theirs = cut_out(light, ends)[inside], other[inside]
    their_detail = _levelled(theirs)
    detail, unmoved = (_correlation(_levelled(m), their_detail) for m in (ours, light[inside]))
    stays = (np.abs(ends).max((1, 2)) < 0.04) & (unmoved >= detail - 0.03)
    ends[stays], ours[stays], detail[stays] = 0, light[inside][stays], unmoved[stays]
    shades = np.zeros((len(light), 4), np.float32)
    repeats = np.zeros_like(detail)
    close = np.flatnonzero(detail >= _CLOSE)
    shades[close] = _shades(light[close], tint[close], other[close], other_tint[close], ends[close])
    repeats[close] = repetition(their_detail[close])
    return Match(
        _correlation(ours, theirs),
        detail,
        shades[:, 0],
        shades[:, 1],
        shades[:, 2],
        shades[:, 3],
        repeats,
        np.minimum(_structure(ours), _structure(theirs)),
        ends,
    )


def _structure(light: Floats) -> Floats:
    strength = _both_axes(_blur(light.shape[-1], 2.5), _fine(light) ** 2)
    return np.asarray((strength > 1.5**2).mean((1, 2)), np.float32)


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
        ends: Shares cut off at both ends, shape (n, 2); below 0 adds.
        cells: Pixels after.
        size: Pixels before.
    """
    scale = (1 - ends.sum(1, keepdims=True)) * (size / cells)
    at = ends[:, :1] * size + (np.arange(cells) + 0.5) * scale - 0.5
    at = at.clip(0, size - 1).astype(np.float32)[..., None]
    width = np.maximum(scale, 1).astype(np.float32)[..., None]
    weights = np.maximum(1 - np.abs(np.arange(size, dtype=np.float32) - at) / width, 0)
    return np.asarray(weights / weights.sum(2, keepdims=True), np.float32)


def cut_out(images: Floats, ends: NDArray[np.float64]) -> Floats:
    """Return each image, shape (n, s, s), less its cuts, shape (n, 2, 2), at the same size."""
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


def halved(images: Floats) -> Floats:
    """Return images, shape (n, s, s), at half the size."""
    rows = images[:, ::2] + images[:, 1::2]
    return np.asarray((rows[:, :, ::2] + rows[:, :, 1::2]) / 4, np.float32)


def _coarse(light: Floats) -> Floats:
    small = halved(light)
    return small - _both_axes(_blur(_HALF, 3.0), small)


def _small_detail(light: Floats) -> Floats:
    return _over_strength(_between(halved(light), 0.7, 2.5), 3.0, 1.5)


def _clipped(images: Floats) -> Floats:
    limit = 2 * images.std((1, 2), keepdims=True) + 1e-3
    return images.clip(-limit, limit)


def _levelled(light: Floats) -> Floats:
    """Fine detail over its own local strength: an outline counts no more than what it surrounds."""
    return _over_strength(_fine(light), 2.5, _NOISE)


def _fine(light: Floats) -> Floats:
    return _between(light, 0.7, 3.0)


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
        slopes.reshape(len(slopes), 4, len(place) ** 2)
        / others[inside].std((1, 2)).clip(1e-3)[:, None, None]
    )
    slopes = slopes - slopes.mean(2, keepdims=True)
    normal = slopes @ slopes.swapaxes(1, 2)
    ridge = 1e-3 * (np.trace(normal, axis1=1, axis2=2) + 1)
    inverse = np.linalg.inv(normal + ridge[:, None, None] * np.eye(4, dtype=np.float32))
    kept, centre = 1 - ends.sum(2), (ends[..., 0] - ends[..., 1]) / 2
    for _ in range(steps):
        warped = _standard(cut_out(images, _ends(kept, centre))[inside])
        error = (warped - target).reshape(len(target), len(place) ** 2, 1)
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


def _shades(
    light: Floats, tint: Floats, other: Floats, other_tint: Floats, ends: NDArray[np.float64]
) -> Floats:
    """The shade, colour, exposed and tint of ``Match``, shape (k, 4).

    The difference of the colours is over their strength, were contrast changed as that of the
    luminance.
    """
    inside = (slice(None), slice(_MARGIN, -_MARGIN), slice(_MARGIN, -_MARGIN))
    soft = _blur(SIDE, 1.5)
    ours = [_both_axes(soft, m) for m in (light, *tint.swapaxes(0, 1))]
    ours = [cut_out(m, ends)[inside] for m in ours]
    theirs = [_both_axes(soft, m)[inside] for m in (other, *other_tint.swapaxes(0, 1))]
    seen = _exposed(*ours) & _exposed(*theirs)
    weight = seen.astype(np.float32) / np.maximum(seen.sum((1, 2), keepdims=True), 1)

    def mean(values: Floats) -> Floats:
        return np.asarray((values * weight).sum((1, 2), keepdims=True), np.float32)

    centred, target = ours[0] - mean(ours[0]), theirs[0] - mean(theirs[0])
    both, one, two = mean(centred * target), mean(centred**2), mean(target**2)
    shade = both / np.sqrt((one + 1) * (two + 1))
    gained = [both / (one + 1) * m for m in ours[1:]]
    apart = sum((mean((a - b) ** 2) for a, b in zip(gained, theirs[1:], strict=True)), 0 * both)
    strengths = [np.sqrt(sum((mean(m**2) for m in of), 0 * both)) for of in (gained, theirs[1:])]
    colour = np.sqrt(apart) / (strengths[0] + strengths[1] + 8)
    exposed = seen.mean((1, 2), keepdims=True)
    known = exposed >= _ENOUGH
    columns = np.where(known, shade, 1), np.where(known, colour, 0), exposed, np.minimum(*strengths)
    return np.stack([column.ravel() for column in columns], 1).astype(np.float32)


def _exposed(light: Floats, *tints: Floats) -> NDArray[np.bool_]:
    """Where no channel is at its end."""
    shown: list[NDArray[Any]] = [light]
    if tints:
        red, blue = tints
        shown = [light + m for m in (red, blue, -(0.299 * red + 0.114 * blue) / 0.587)]
    return np.asarray(np.all([(m > 8) & (m < 247) for m in shown], axis=0))
