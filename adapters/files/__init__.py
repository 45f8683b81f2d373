"""Files that somebody exported: read as rows of texts, whatever program wrote them."""
