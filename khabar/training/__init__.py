"""Training a tagger from documents, and tagging documents with it."""
