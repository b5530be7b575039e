"""``python -m benchmarks.browser.page_samples``: sample photos of the web page and its card, made of public-domain
photos that installed packages carry (scikit-image's astronaut, by NASA; Grace Hopper, by the US Navy)."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage.data import astronaut

from gazehub import GazePipeline
from gazehub.files.images import sample_photo
from gazehub.web.head import CARD, CARD_SIZE
from gazehub.web.samples import SAMPLES
from gazehub.web.words import TITLE

SIDE, HEAD = 512, (104, 0, 364, 260)  # pixels; left, top, right, bottom in the astronaut's photo
TURNS = {"aside": (20.0, 1.0), "up": (4.0, 15.0), "down": (-3.0, -16.0)}  # degrees to the picture's right, and up
FACE = (86, 70, 406, 326)  # of that, for the card
QUALITY = 88  # of JPEG: about 50 KB each


def main() -> None:
    """Write them where the package carries them."""
    argparse.ArgumentParser(prog="python -m benchmarks.browser.page_samples", description=__doc__).parse_args()
    pipe = GazePipeline.from_pretrained()
    head = Image.fromarray(astronaut()).crop(HEAD).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    made = {name: pipe.redirect(head, *turn).image for name, turn in TURNS.items()}
    hopper = Image.open(sample_photo()).convert("RGB").crop((76, 20, 436, 380))
    made["two"] = beside(pipe.redirect(head, 20, 0).image, pipe.redirect(hopper, -18, 0).image)
    for sample in SAMPLES:
        if sample.name in made:
            save(made[sample.name], sample.path)
            print(f"{sample.path}: {sample.path.stat().st_size // 1024} KB")
    save(unfolded(made["aside"], pipe.correct(made["aside"]).image), CARD)
    print(f"{CARD}: {CARD.stat().st_size // 1024} KB")


def beside(*people: Image.Image) -> Image.Image:
    """Square pictures next to each other, all of one size."""
    return Image.fromarray(np.hstack([np.asarray(person.resize((420, 420))) for person in people]))


def unfolded(before: Image.Image, after: Image.Image) -> Image.Image:
    """What a link to the page unfolds to: the face before and after, and what the page does."""
    card = Image.new("RGB", CARD_SIZE, "#1e1b4b")
    for number, (picture, word) in enumerate(((before, "before"), (after, "after"))):
        card.paste(picture.crop(FACE).resize((600, 480), Image.Resampling.LANCZOS), (600 * number, 0))
        draw = ImageDraw.Draw(card)
        draw.rounded_rectangle((600 * number + 16, 424, 600 * number + 126, 466), 20, fill="#1e1b4b")
        draw.text((600 * number + 71, 445), word, "white", ImageFont.load_default(26), anchor="mm")
    draw.line((600, 0, 600, 480), "white", 4)
    draw.text((600, 555), TITLE, "white", ImageFont.load_default(64), anchor="mm")
    return card


def save(picture: Image.Image, path: Path) -> None:
    """As a photo, without the mark of an edited one: the page says what was done, and its own results are marked."""
    picture.save(path, quality=QUALITY)


if __name__ == "__main__":
    main()
