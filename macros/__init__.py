"""SQL macros of the models, where plain SQL would have to say a thing twice. So far nothing has to."""
