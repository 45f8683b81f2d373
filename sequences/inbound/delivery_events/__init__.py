"""What mail providers tell by HTTP of the mails that they sent for us: refused, complained about, unsubscribed."""
