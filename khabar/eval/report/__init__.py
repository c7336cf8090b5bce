"""The report: the corpus, who says what, scores and errors, on one self-contained page."""
