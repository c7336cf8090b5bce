"""Documents in bulk: ingesting raw articles, keeping them, checking them, counting them, folding them."""
