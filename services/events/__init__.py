"""The event stream: reading it, subscribing receivers to it, and posting it to them."""
