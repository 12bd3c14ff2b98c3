# A limit on file sizes is a failed write and no crash; nothing half written is left.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom ops --names >/dev/null
(ulimit -f 0; atomloom run sums.yaml --jobs 1 2>&1) | tail -n 2 | sed -E "s,'.*',FILE,"
atomloom run sums.yaml --jobs 1 --quiet
atomloom cache verify
