"""The checks of a release: files, certificates, signatures and chain."""
