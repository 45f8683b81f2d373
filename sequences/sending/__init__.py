"""What goes out: outcomes, a mailbox's pace, tracked links, mails to owners, deliveries."""
