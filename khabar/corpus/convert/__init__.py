"""Documents in the formats of the outside world, one module a format."""
