"""A gate for changes of an OpenAPI document: compares two versions and proves every break with a witness."""
