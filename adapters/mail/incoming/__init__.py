"""E-mail coming in: IMAP folders, an LMTP or SMTP door, and providers' webhooks."""
