"""Pre-training: raw text in, a small encoder out that `AutoModel` and `AutoTokenizer` load."""
