"""When each step goes: the rules of time, pure."""
