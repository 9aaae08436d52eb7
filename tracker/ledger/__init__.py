"""The ledger: points and money as transfers between accounts."""
