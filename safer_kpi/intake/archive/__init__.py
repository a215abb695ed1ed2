"""Reading ZIP archives of partners' files safely in a child process: first what is in them, then file by file."""
