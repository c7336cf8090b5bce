"""Label Studio: the labelling interface, documents there and back, and a server to try it with."""
