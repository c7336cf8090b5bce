"""What khabar shows the world: pages and cards whose numbers are made by code."""
