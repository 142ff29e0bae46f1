"""A specification becomes SVG and PNG, without a browser and without a network."""

from __future__ import annotations

from typing import Any
from xml.dom import minidom

import vl_convert

SVG = "http://www.w3.org/2000/svg"


def drawn(specification: dict[str, Any], name: str, alternative: str) -> str:
    """The SVG of a specification, with its text alternative, and what a pointer shows: without any script.

    :param name: of the picture, in one line.
    :param alternative: what it shows, in words.
    """
    document = minidom.parseString(vl_convert.vegalite_to_svg(specification))
    root = document.documentElement
    assert root is not None
    root.setAttribute("role", "img")
    root.setAttribute("aria-label", name)
    root.insertBefore(_holding(document, "desc", alternative), root.firstChild)
    for mark in root.getElementsByTagName("path"):
        if mark.getAttribute("role") == "graphics-symbol" and mark.getAttribute("aria-label"):
            mark.appendChild(_holding(document, "title", mark.getAttribute("aria-label")))
    return f"{root.toxml()}\n"


def _holding(document: minidom.Document, name: str, text: str) -> minidom.Element:
    element = document.createElementNS(SVG, name)
    element.appendChild(document.createTextNode(text))
    return element


def raster(svg: str, scale: float) -> bytes:
    """A drawn SVG as PNG.

    :param scale: pixels of the picture for one of the drawing.
    """
    return vl_convert.svg_to_png(svg, scale=scale)
