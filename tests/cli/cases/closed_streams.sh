# With stdout closed the first file opened would get its number, and what is printed would go there.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --jobs 1 >&- 2>said
echo $?
grep error said
atomloom cache verify
atomloom run sums.yaml --jobs 1 >&- 2>&-
echo $?
atomloom run sums.yaml <&- 2>&-
