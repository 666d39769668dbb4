"""``manage.py draw_icons``: the product's mark as the PNG files that a home screen asks for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from PIL import Image, ImageDraw

Point = tuple[float, float]
PLUM = (106, 44, 91)
WHITE = (255, 255, 255)
UNITS = 32  # the mark's own grid (static/favicon.svg)
FINER = 8  # drawn this much larger, then made smaller: smooth edges
# Cubic curves of static/favicon.svg: the outline of a face, and a line across it.
FACE: Sequence[tuple[Point, Point, Point, Point]] = (
    ((16, 6.5), (11, 6.5), (8, 10.1), (8, 15.2)),
    ((8, 15.2), (8, 20.9), (11.9, 25.5), (16, 25.5)),
    ((16, 25.5), (20.1, 25.5), (24, 20.9), (24, 15.2)),
    ((24, 15.2), (24, 10.1), (21, 6.5), (16, 6.5)),
)
LINE: Sequence[tuple[Point, Point, Point, Point]] = (
    ((8.3, 13.5), (10.8, 15.3), (13.3, 16.1), (16, 16.1)),
    ((16, 16.1), (18.7, 16.1), (21.2, 15.3), (23.7, 13.5)),
)


def draw(side: int, *, purpose: str) -> Image.Image:
    """The mark, ``side`` pixels wide.

    ``any`` has round corners on a clear ground; ``maskable`` fills the square and keeps the face
    within the middle four fifths (https://www.w3.org/TR/appmanifest/#icon-masks).
    """
    size = side * FINER
    image = Image.new("RGBA", (size, size), (*PLUM, 0))
    pen = ImageDraw.Draw(image)
    if purpose == "maskable":
        pen.rectangle((0, 0, size, size), fill=PLUM)
        scale, shift = size / UNITS, 0.0
    else:
        pen.rounded_rectangle((0, 0, size - 1, size - 1), radius=size / 3, fill=PLUM)
        scale, shift = size / (UNITS - 2), 1.0
    for curves, width in ((FACE, 2.0), (LINE, 1.5)):
        points = [_place(point, scale, shift) for curve in curves for point in _along(curve)]
        radius = width * scale / 2
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=WHITE)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def _along(curve: tuple[Point, Point, Point, Point], steps: int = 600) -> list[Point]:
    a, b, c, d = curve
    points = []
    for step in range(steps + 1):
        t = step / steps
        w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x = w[0] * a[0] + w[1] * b[0] + w[2] * c[0] + w[3] * d[0]
        y = w[0] * a[1] + w[1] * b[1] + w[2] * c[1] + w[3] * d[1]
        points.append((x, y))
    return points


def _place(point: Point, scale: float, shift: float) -> Point:
    return (point[0] - shift) * scale, (point[1] - shift) * scale


class Command(BaseCommand):
    help = "Draw static/icons anew from the product's mark."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "static" / "icons"
        folder.mkdir(exist_ok=True)
        for purpose in ("any", "maskable"):
            for side in (192, 512):
                self._save(draw(side, purpose=purpose), folder / f"{purpose}-{side}.png")
        # iOS rounds the corners itself and shows black where the picture is clear.
        self._save(draw(180, purpose="maskable"), folder / "apple-180.png")

    def _save(self, image: Image.Image, path: Path) -> None:
        image.quantize(64).save(path, optimize=True)
        self.stdout.write(f"{path.name}: {path.stat().st_size} bytes")
