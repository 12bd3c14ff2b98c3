cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
atomloom cache ls --contents | sed -E 's/^[0-9a-f]{16}/DIGEST/' | sort
atomloom cache stats | sed -E 's/[0-9.]+ [KM]?i?B/SIZE/'
