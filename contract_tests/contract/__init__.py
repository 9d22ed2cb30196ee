"""Readers of the contract: the OpenAPI document, the requirements and the deployment file."""
