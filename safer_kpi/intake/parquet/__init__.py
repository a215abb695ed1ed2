"""Reading a partner's Parquet safely: its footer first, then its rows as text, in a child process."""
