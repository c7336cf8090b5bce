"""The command line: `khabar VERB`. Every verb is a thin call into the engine, imported only when it is run."""
