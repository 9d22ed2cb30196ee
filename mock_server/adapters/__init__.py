"""Adapters that connect a mock to clients. They translate messages and contain no rules about cases."""
