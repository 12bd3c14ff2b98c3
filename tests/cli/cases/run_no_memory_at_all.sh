# A limit of nothing is none that can be meant.
atomloom run "$SOURCE/tests/cli/sums.yaml" --memory 0
echo $?
atomloom run "$SOURCE/tests/cli/sums.yaml" --time 0s
