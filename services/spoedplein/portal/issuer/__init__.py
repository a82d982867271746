"""The local stack's own OIDC issuer: whoever comes chooses which made-up user he is. It runs nowhere else."""
