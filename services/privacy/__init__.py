"""What people may ask of the data that is stored about them: a copy of it."""
