"""Whether a release is what was signed: files, certificates, signatures, chain."""
