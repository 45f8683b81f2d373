"""What comes back, judged: replies, clicks, opt-outs, bounces, choices."""
