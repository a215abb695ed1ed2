"""Reading spreadsheets safely: the file's structure first, then its cells, streamed in a child process."""
