"""Payout batches: approved lines frozen as files in the layouts of finance offices, and what the bank says became of them."""
