cp "$SOURCE/tests/cli/bad.yaml" .
atomloom run bad.yaml --jobs 1 --set wrong.how=exit 2>&1 | grep -v '^done\|^run'
exit "${PIPESTATUS[0]}"
