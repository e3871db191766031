"""The pages, one module a tab: each reads its documents and chooses how they are shown."""
