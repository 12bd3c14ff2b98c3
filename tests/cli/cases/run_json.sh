# Every line is an event; times and digests aside they are the same each time.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --jobs 1 --json | sed -E 's/[0-9.]+e?-?[0-9]*(, "(cpu_s|peak_bytes)": [0-9.e-]+)+/N/; s/"time_s": [0-9.e-]+/"time_s": T/; s/"left_s": [0-9.e-]+/"left_s": T/'
