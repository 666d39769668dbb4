"""Pictures a skin study must refuse: no face, or none of flesh. Seeded, drawn, never downloaded.

    pixels = draw_out_of_scope("screen", 7)  # uint8 (1440, 1080, 3), sRGB

People and cameras in them belong to no split of the generator. The drawing is simple: it shows the
plain cases of each kind and says nothing of the artful ones.
"""

from __future__ import annotations

from inference.training.generator.noise import stream
from inference.training.out_of_scope import animals, drawings, likenesses, scenes
from inference.training.out_of_scope.brush import Draw, Pixels

_DRAW: dict[str, Draw] = {
    "room": scenes.draw_room_picture,
    "sky": scenes.draw_sky,
    "text": scenes.draw_text,
    "noise": scenes.draw_noise,
    "wood": scenes.draw_wood,
    "food": scenes.draw_food,
    "fabric": scenes.draw_fabric,
    "skin": scenes.draw_skin,
    "line_drawing": drawings.draw_line_drawing,
    "sketch": drawings.draw_sketch,
    "cartoon": drawings.draw_cartoon,
    "emoji": drawings.draw_emoji,
    "screen": likenesses.draw_screen,
    "print": likenesses.draw_print,
    "statue": likenesses.draw_statue,
    "back_of_head": likenesses.draw_back_of_head,
    "fur": animals.draw_fur,
    "pet": animals.draw_pet,
}
KINDS: tuple[str, ...] = tuple(_DRAW)


def draw_out_of_scope(kind: str, seed: int, size: tuple[int, int] = (1080, 1440)) -> Pixels:
    """Return a picture of this kind: sRGB uint8 (height, width, 3); `size` is width and height.

    The same kind, seed and size always give the same pixels. Raises ValueError for an unknown kind.
    """
    if kind not in _DRAW:
        raise ValueError(f"out of scope is one of {', '.join(KINDS)}, not {kind!r}")
    return _DRAW[kind](stream(seed, f"out of scope {kind}"), *size)
