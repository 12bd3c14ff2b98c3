# Of two forms none is chosen silently.
atomloom graph "$SOURCE/tests/cli/sums.yaml" --svg --dot
