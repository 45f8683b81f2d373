"""The demo: three weeks of four sequences in seconds, every expectation read back from where it must be true."""

from __future__ import annotations

from starter.demo.run import demo

__all__ = ["demo"]
