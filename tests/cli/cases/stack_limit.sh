# Too small a stack is refused with the limit that is needed; one that may be raised is raised.
cp "$SOURCE/tests/cli/sums.yaml" .
(ulimit -s 64; atomloom run sums.yaml; echo "exit $?")
(ulimit -S -s 64; atomloom run sums.yaml --quiet; echo "exit $?")
