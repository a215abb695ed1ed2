"""The drawings of a report's PDF: dressed by the style sheet of the pages."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from safer_kpi.publishing.pdf.drawings import drawing

#: What dresses a drawing, wherever its rule stands in the style sheet: a shade of the map, a bar, a part of a grid.
DRESSED = {"ward--higher": "#12436d", "bar": "#1d4f91", "cell--in": "#1d4f91", "mark--better": "#00613c"}


@pytest.mark.parametrize("name", DRESSED)
def test_a_drawing_has_its_colours_from_the_style_sheet(name: str) -> None:
    svg = ET.fromstring(f'<svg class="map" viewBox="0 0 9 9"><path class="{name}" d="M0,0"/></svg>')  # noqa: S314 (ours)
    assert re.search(rf"\.{name}\s*{{[^}}]*fill: {DRESSED[name]}", drawing(svg))
    assert "CanvasText" not in drawing(svg), "the colours of a reader's own are for a screen"
