# The second run computes nothing and says the same of the outputs.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --jobs 1 && atomloom run sums.yaml
