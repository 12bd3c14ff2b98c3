cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml one.nummer -o a.h5
