"""The hooks, options and limits of a pytest session that judges a target."""
