"""Credentials, and the ways to find and mask them in any text."""
