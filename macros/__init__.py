"""SQL macros of the models: columns, joins and values that many models share, written once."""
