"""Figures that say what the design costs and saves, each a ratio measured side by side on the same bytes."""
