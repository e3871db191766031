"""The groups of settings that are ours alone; `config.settings` puts them together with the domain's policies."""
