# Too few descriptors to load HDF5 or to open the file: the hint says so, and not that a package is missing.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o total.h5 2>/dev/null
for n in $(seq 3 24); do
  (ulimit -n "$n"; atomloom show total.h5) 2>&1 | grep -v ': error' | head -n 1
done | sort -u
