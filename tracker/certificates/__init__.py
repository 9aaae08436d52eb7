"""Certificates: who has earned one, the paper, and its proof."""
