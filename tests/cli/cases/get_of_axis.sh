# An output that has one value per point of its axes must be named with its point.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o a.h5 --sweep total.add=1,2
