"""A sheet to look at: the photo, the photo after the recipe, each activation map over it."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inference.pipeline.recipe import get_recipe
from inference.scoring.services.pictures import cleaned_picture, map_picture
from inference.scoring.services.single import ScoredPhoto

TILE, MARGIN, CAPTION, COLUMNS = 320, 16, 44, 4
PAPER, INK, SOFT = (250, 249, 248), (33, 31, 30), (92, 87, 84)
DEMONSTRATOR = "Demonstrator: trained on generated skin; not for clinical use."


def contact_sheet(scored: ScoredPhoto) -> Image.Image:
    """Tiles of 320 px in four columns, cut to the face, each with its caption; the model below."""
    photo = Image.fromarray(scored.pixels)
    box = _face_box(scored)
    recipe = get_recipe(scored.scores.recipe)
    cleaned = Image.open(io.BytesIO(cleaned_picture(scored.pixels, scored.landmarks, recipe)))
    tiles = [
        (photo, "Photo", f"{scored.pixels.shape[1]} by {scored.pixels.shape[0]} px"),
        (cleaned, "After preprocessing", scored.scores.recipe),
    ]
    for condition, skin_map in scored.scores.maps.items():
        score = scored.scores.score(condition)
        words = f"severity {score.severity:.0f}, {score.grade}" if score else "not assessable"
        tiles.append(
            (_overlaid(scored.pixels, map_picture(skin_map)), condition.capitalize(), words)
        )
    return _laid_out(
        [(_cut(picture, box), title, words) for picture, title, words in tiles], scored
    )


def _face_box(scored: ScoredPhoto) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the face with a margin, as shares of the photo."""
    height, width = scored.pixels.shape[:2]
    low, high = scored.landmarks[:, :2].min(axis=0), scored.landmarks[:, :2].max(axis=0)
    middle, side = (low + high) / 2, 1.4 * float((high - low).max())
    left, top = (middle - side / 2) / (width, height)
    right, bottom = (middle + side / 2) / (width, height)
    return max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0)


def _cut(picture: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    left, top, right, bottom = box
    width, height = picture.size
    return picture.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def _overlaid(pixels: NDArray[np.uint8], picture: bytes) -> Image.Image:
    photo = Image.fromarray(pixels).convert("RGBA")
    photo.thumbnail((6 * TILE, 6 * TILE))
    overlay = Image.open(io.BytesIO(picture)).convert("RGBA").resize(photo.size)
    return Image.alpha_composite(photo, overlay).convert("RGB")


def _laid_out(tiles: list[tuple[Image.Image, str, str]], scored: ScoredPhoto) -> Image.Image:
    rows = -(-len(tiles) // COLUMNS)
    width = COLUMNS * (TILE + MARGIN) + MARGIN
    height = rows * (TILE + CAPTION + MARGIN) + MARGIN + CAPTION
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    strong, small = ImageFont.load_default(17), ImageFont.load_default(14)
    for place, (picture, title, words) in enumerate(tiles):
        left = MARGIN + place % COLUMNS * (TILE + MARGIN)
        top = MARGIN + place // COLUMNS * (TILE + CAPTION + MARGIN)
        small_picture = picture.copy()
        small_picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
        offset = (TILE - small_picture.width) // 2, (TILE - small_picture.height) // 2
        sheet.paste(small_picture, (left + offset[0], top + offset[1]))
        draw.text((left, top + TILE + 4), title, INK, strong)
        draw.text((left, top + TILE + 24), words, SOFT, small)
    scores = scored.scores
    note = f"{scores.model_name} {scores.model_version}, SHA-256 {scores.model_sha256[:16]}…"
    note += f"  {DEMONSTRATOR}" if scores.demonstrator else ""
    draw.text((MARGIN, height - CAPTION + 4), note, SOFT, small)
    return sheet
