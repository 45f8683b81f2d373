"""Pages of the documentation, as assistants read them."""
