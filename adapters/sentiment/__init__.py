"""The sentiment model: a Flair text classifier over a frozen sentence encoder, its corpus, training and evaluation.

Importing this package, or any module in it, imports neither Flair nor torch: that happens when a model is loaded.
"""
