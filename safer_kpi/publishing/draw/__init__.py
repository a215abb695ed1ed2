"""Charts as small SVG: values in, markup out. The page's style sheet dresses them; no font or colour is the machine's.

Places along the width are percentages and heights are pixels, so a chart keeps the size of its text on every screen.
Each mark names the number it stands for (``data-of``) and its value. What a chart says stands in words and in a table
beside it, so screen readers skip the drawing.
"""
