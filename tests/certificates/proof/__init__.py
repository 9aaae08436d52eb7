"""The paper and its proof: documents, signatures, badges, keys, and the check of all of them."""
