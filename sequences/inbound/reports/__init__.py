"""What machines report of our mails: bounces, complaints, receipts."""
