"""The judge: tells whether any implementation honours the Case APIs contract. Knows nothing of the mock."""
