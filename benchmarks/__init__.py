"""How long the main jobs take, each beside a baseline in the same run: read the ratios, not the times."""
