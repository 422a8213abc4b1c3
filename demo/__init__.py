"""Demonstration: made-up data the size of a real municipality or region, and a story told on it."""
