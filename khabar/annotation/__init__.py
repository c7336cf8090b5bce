"""What annotators do: how far they agree, and how their differences become gold."""
