"""The HTML of an e-mail: checked as written, made fit to be sent."""
