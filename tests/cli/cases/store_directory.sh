# A directory where the store's journal belongs is named by every command that would write there; without it all is as before.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml --quiet >/dev/null
mv "$ATOMLOOM_STORE/actions/journal" kept
mkdir "$ATOMLOOM_STORE/actions/journal"
atomloom cache verify
atomloom run sums.yaml --quiet --set one.value=9
rmdir "$ATOMLOOM_STORE/actions/journal"
atomloom cache verify
atomloom plan sums.yaml | tail -n 1
# The command that a hint names is about the same store.
atomloom show sums.yaml total --store other
atomloom log sums.yaml total --store other
