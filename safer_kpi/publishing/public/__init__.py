"""The public edition of a release: what disclosure control leaves, in files made without the restricted ones."""
