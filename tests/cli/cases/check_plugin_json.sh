# One object per rule, and the sums.
atomloom check-plugin "$BUILD/tests/plugins_bad/reads_past_input.so" --json >out.json
status=$?
tr -d '\n' <out.json | sed -E 's/ +/ /g; s/\{ /{/g' | grep -o '{"file": [^}]*"past-end"[^}]*}'
grep -E '"(kept|broken|not_tried|do_not_apply)": [0-9]' out.json
exit $status
