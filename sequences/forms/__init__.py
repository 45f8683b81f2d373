"""Forms: what an author writes in a form file, what is wrong with it, and what a person answered. Pure."""
