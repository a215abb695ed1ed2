"""Reading JSON lines safely: one object a line, streamed in a child process."""
