"""Evidence photos of the demo: drawn, labelled CONTOH, with nobody on them, each different from every other."""

from __future__ import annotations

import io
import random
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from server.demo.people import MARK

SIZE = (400, 300)
PAPERS = ((232, 238, 236), (240, 234, 222), (228, 234, 243), (240, 240, 228), (236, 228, 236), (226, 240, 230))
INK, RED = (40, 52, 58), (168, 36, 36)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@cache
def _blank(group: int) -> Image.Image:
    """A sheet of paper on a table with the mark across it."""
    picture = Image.new("RGB", SIZE, (96, 112, 108))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((18, 14, SIZE[0] - 18, SIZE[1] - 14), fill=PAPERS[group % len(PAPERS)])
    draw.text((SIZE[0] / 2, SIZE[1] - 52), MARK, font=_font(54), fill=RED, anchor="mm")
    return picture


def photo(title: str, where: str, when: str, seed: str) -> bytes:
    """A JPEG that says what it stands for."""
    dice = random.Random(seed)  # noqa: S311 (a picture, not a secret)
    picture = _blank(ord(title[:1] or "A")).copy()
    draw = ImageDraw.Draw(picture)
    draw.text((34, 28), title[:44], font=_font(17), fill=INK)
    draw.text((34, 52), f"{where} · {when}", font=_font(14), fill=INK)
    for line in range(7):
        draw.line((34, 88 + line * 17, 34 + dice.randint(150, SIZE[0] - 70), 88 + line * 17), fill=(140, 150, 152), width=4)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=62)
    return kept.getvalue()
