"""Two versions of the numbers side by side: every line that lies between them, residual 0."""
