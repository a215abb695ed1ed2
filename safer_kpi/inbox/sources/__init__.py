"""Fetch the files of feeds whose contracts say where they are, and drop them into the same inbox as any other file."""
