"""A sample partner that writes files as the real ones do. Everything it writes is made up, and says so."""
