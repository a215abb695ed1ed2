"""The national tables of England and Wales that ``init`` takes a project's places from; README.md names each source."""
