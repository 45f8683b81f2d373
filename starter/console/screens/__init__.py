"""One file for each screen: GET shows it, POST acts and leads back to it."""
