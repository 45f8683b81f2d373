"""The routes of the HTTP app, one file for each thing."""
