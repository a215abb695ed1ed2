"""The command line, as its console script runs it."""

from safer_kpi.cli.main import main

if __name__ == "__main__":
    main()
