cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml totl -o a.h5
