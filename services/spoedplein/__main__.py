"""`python -m spoedplein` is `spoedplein`."""

from spoedplein.cli import main

main()
