"""The ways in over HTTP: hooks, links in mails, and everything that reads or steers."""
