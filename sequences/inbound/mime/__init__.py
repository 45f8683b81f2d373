"""The form of a mail: headers, parts, charsets, text."""
