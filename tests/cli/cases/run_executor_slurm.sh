cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --executor slurm
