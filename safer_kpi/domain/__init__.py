"""Pure arithmetic: values in, values out; no clock, environment, path or connection."""
