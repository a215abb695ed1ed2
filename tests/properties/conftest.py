"""How long generated tests run: a few examples for a person, many for ``make soak``."""

from hypothesis import settings

settings.register_profile("test", max_examples=8)
settings.register_profile("soak", max_examples=300)
settings.load_profile("test")
