"""A figure's twin for the dark: the same drawing, with colours that read on a dark ground."""

import colorsys
import re

_COLOUR = re.compile(r"(?<![&\w])#([0-9a-fA-F]{6})\b")
_ROOT = re.compile(r"<svg\b")
# The cells of a map of numbers: a colour bar, which is a picture, says what they mean.
_CELLS = re.compile(r'(<g id="QuadMesh_\d+">.*?</g>)', re.DOTALL)
GREY = 0.15  # a saturation below it is no colour
# The lightness of greys is turned around, between that of the page's ground and that of its text.
DARKEST, LIGHTEST = 0.12, 0.87
# So is that of tints, which lie under words.
TINT = 0.88
TINTED = 0.24
# That of colours is raised; their order stays, so that a scale from dark to light remains one.
LIFTED_FROM, LIFTED_BY, LESS_SATURATED = 0.42, 0.52, 0.75
GROUND = "fdfdfb"  # what labbook.show.figures draws on
INK = "#dddbd5"  # what has no colour of its own is black by day


def without_ground(svg: str) -> str:
    """The drawing on the page's own ground: the log's light one is left out."""
    return svg.replace(f"fill: #{GROUND}", "fill: none")


def twin(svg: str) -> str:
    """The drawing for a dark page. Pictures inside it (scans, maps of numbers) stay as they are."""
    parts = _CELLS.split(without_ground(svg))
    parts[::2] = [_COLOUR.sub(lambda found: f"#{_dark(found[1])}", part) for part in parts[::2]]
    drawn = "".join(parts)
    return _ROOT.sub(f'<svg fill="{INK}"', drawn, count=1)


def _dark(colour: str) -> str:
    """``222222`` becomes a light grey, ``0072b2`` a lighter blue."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    spread = max(red, green, blue) - min(red, green, blue)
    if spread < GREY:
        lightness, saturation = DARKEST + (LIGHTEST - DARKEST) * (1 - lightness), saturation / 4
    elif lightness > TINT:
        lightness, saturation = TINTED, saturation / 2
    else:
        lightness, saturation = LIFTED_FROM + LIFTED_BY * lightness, LESS_SATURATED * saturation
    rgb = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "".join(f"{round(255 * part):02x}" for part in rgb)
