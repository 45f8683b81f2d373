"""Bullhorn, by its REST API (https://bullhorn.github.io/rest-api-docs/)."""
