# A place that cannot be written to is told before anything is computed.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o nowhere/total.npy
echo $?
atomloom plan sums.yaml | tail -n 1
