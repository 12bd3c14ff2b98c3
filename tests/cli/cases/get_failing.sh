# Nothing is written where the output cannot be computed.
cp "$SOURCE/tests/cli/bad.yaml" .
atomloom get bad.yaml a -o a.h5 2>&1 | grep -v '^run\|^done'
status=${PIPESTATUS[0]}
ls
exit "$status"
