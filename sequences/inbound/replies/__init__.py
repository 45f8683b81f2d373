"""The words that a person wrote, without quotes and signatures."""
